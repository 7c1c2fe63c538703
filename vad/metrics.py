"""Window metrics: arrays in, flat dictionaries of finite numbers out."""

import numpy as np
import pandas as pd
from sklearn import metrics


def window_metrics(speech: np.ndarray, probabilities: np.ndarray, threshold: float) -> dict:
    """Ranking and decisions of one model on windows of 32 ms.

    `speech` is bool [windows], `probabilities` float [windows]. What needs both classes or the
    missing one is an absent key, never NaN. Miss rate is over speech windows, false-alarm rate
    over the others.
    """
    predicted = probabilities >= threshold
    values = {}
    if speech.any() and not speech.all():
        values["roc_auc"] = metrics.roc_auc_score(speech, probabilities)
        values["average_precision"] = metrics.average_precision_score(speech, probabilities)
        values["f1"] = metrics.f1_score(speech, predicted)
    if speech.any():
        values["miss_rate"] = np.mean(~predicted[speech])
    if not speech.all():
        values["false_alarm_rate"] = np.mean(predicted[~speech])
    return {key: float(value) for key, value in values.items()}


def roc_points(speech: np.ndarray, probabilities: np.ndarray, point_count: int) -> pd.DataFrame:
    """At most `point_count` points of the ROC curve, spread evenly along it."""
    false_alarm_rate, hit_rate, _ = metrics.roc_curve(speech, probabilities)
    points = pd.DataFrame({"false_alarm_rate": false_alarm_rate, "hit_rate": hit_rate})
    return _thinned(points, false_alarm_rate + hit_rate, point_count)


def precision_recall_points(
    speech: np.ndarray, probabilities: np.ndarray, point_count: int
) -> pd.DataFrame:
    """At most `point_count` points of the precision-recall curve, spread evenly over recall."""
    precision, recall, _ = metrics.precision_recall_curve(speech, probabilities)
    return _thinned(pd.DataFrame({"recall": recall, "precision": precision}), -recall, point_count)


def _thinned(points: pd.DataFrame, position: np.ndarray, point_count: int) -> pd.DataFrame:
    """The points nearest to `point_count` even steps of `position`, which never decreases."""
    steps = np.linspace(position[0], position[-1], point_count)
    return points.iloc[np.unique(np.searchsorted(position, steps).clip(max=len(points) - 1))]
