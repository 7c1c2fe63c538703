"""Points of the pictures that DVC draws: a table each, with a row per point and model."""

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtri

from vad.evaluation.metrics import Windows

SNR_CONDITION = re.compile(r"snr_(-?[\d.]+)_db")
# Rates outside are a few windows, and no normal deviate of them is sure.
DEVIATE_RATES = (0.0005, 0.9)
# Products live far below: one window in ten is an alarm every 0.3 s.
EQUAL_RATES = (0.0001, 0.1)


def roc_points(windows: Windows, point_count: int) -> pd.DataFrame:
    """The ROC curve at no more than `point_count` thresholds, spread evenly along it."""
    false_alarm_rate, hit_rate = windows.roc()
    points = pd.DataFrame({"false_alarm_rate": false_alarm_rate, "hit_rate": hit_rate})
    return _thinned(points, false_alarm_rate + hit_rate, point_count)


def precision_recall_points(windows: Windows, point_count: int) -> pd.DataFrame:
    """Precision at rising recall, spread evenly over recall."""
    points = pd.DataFrame({"recall": windows.hit_rate, "precision": windows.precision()})
    points = points[::-1].dropna()
    return _thinned(points, points["recall"].to_numpy(), point_count)


def det_points(windows: Windows, point_count: int) -> pd.DataFrame:
    """Miss rate against false-alarm rate on normal deviates, where normal scores are straight.

    A. Martin et al., The DET curve in assessment of detection task performance, 1997.
    """
    false_alarm_rate, miss_rate = windows.false_alarm_rate, 1 - windows.hit_rate
    low, high = DEVIATE_RATES
    shown = np.minimum(false_alarm_rate, miss_rate) >= low
    shown &= np.maximum(false_alarm_rate, miss_rate) <= high
    points = pd.DataFrame(
        {
            "false_alarm_rate": false_alarm_rate[shown],
            "miss_rate": miss_rate[shown],
            "false_alarm_deviate": ndtri(false_alarm_rate[shown]),
            "miss_deviate": ndtri(miss_rate[shown]),
        }
    )
    along = points["miss_deviate"] - points["false_alarm_deviate"]
    return _thinned(points, along.to_numpy(), point_count)


def f1_points(windows: Windows, point_count: int) -> pd.DataFrame:
    """F1 over windows at rising thresholds."""
    points = pd.DataFrame({"threshold": windows.edges, "f1": windows.f1()}).dropna()
    return _thinned(points, points["threshold"].to_numpy(), point_count)


def calibration_points(windows: Windows, _point_count: int) -> pd.DataFrame:
    """Share of speech at the mean probability of each calibration bin that has windows."""
    count, probability, share = windows.calibration()
    columns = {"probability": probability, "speech_share": share, "windows": count.astype(int)}
    return pd.DataFrame(columns).dropna()


def snr_points(table: pd.DataFrame) -> pd.DataFrame:
    """F1 at each noise level of the test conditions: columns model, snr_db, f1; may be empty."""
    rows = table[(table["section"] == "condition") & (table["metric"] == "f1")]
    snr_db = rows["name"].str.extract(f"^{SNR_CONDITION.pattern}$")[0].astype(float)
    points = rows.assign(snr_db=snr_db).dropna(subset="snr_db").sort_values("snr_db")
    models = points.melt("snr_db", ["published", "finetuned"], "model", "f1")
    return models[["model", "snr_db", "f1"]].dropna()


def equal_false_alarm_points(noise: Windows, domain: Windows, point_count: int) -> pd.DataFrame:
    """Misses of speech as recorded where so many windows without speech pass, both by threshold.

    `noise` has windows of recordings without speech, `domain` those of speech as recorded.
    """
    points = pd.DataFrame(
        {"noise_share": noise.false_alarm_rate, "miss_rate": 1 - domain.hit_rate}
    )[::-1].dropna()
    low, high = EQUAL_RATES
    points = points[(points["noise_share"] >= low) & (points["noise_share"] <= high)]
    return _thinned(points, np.log(points["noise_share"].to_numpy()), point_count)


CURVES = {
    "roc": roc_points,
    "precision_recall": precision_recall_points,
    "det": det_points,
    "f1": f1_points,
    "calibration": calibration_points,
}


def curve_tables(windows: Mapping[str, Windows], point_count: int) -> dict[str, pd.DataFrame]:
    """The table of each of CURVES, by name, with the models of `windows` one after another."""
    return {
        name: pd.concat(
            [points(counted, point_count).assign(model=model) for model, counted in windows.items()]
        )
        for name, points in CURVES.items()
    }


def _thinned(points: pd.DataFrame, position: np.ndarray, point_count: int) -> pd.DataFrame:
    """The points nearest to `point_count` even steps of `position`, which never decreases."""
    if not len(points):
        return points
    steps = np.linspace(position[0], position[-1], point_count)
    return points.iloc[np.unique(np.searchsorted(position, steps).clip(max=len(points) - 1))]
