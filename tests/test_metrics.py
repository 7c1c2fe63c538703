import numpy as np
import pytest

from vad.metrics import precision_recall_points, roc_points, window_metrics

# Area under a curve of 200 points against the exact one.
AREA_TOLERANCE = 2e-3


@pytest.fixture
def scored():
    draw = np.random.default_rng(0)
    speech = draw.random(20000) < 0.6
    probabilities = 1 / (1 + np.exp(-(2 * speech - 1 + draw.standard_normal(20000))))
    return speech, probabilities


def brute_force_roc_auc(speech, probabilities):
    """Share of pairs of a speech and a non-speech window in the right order."""
    above = probabilities[speech][:, None] > probabilities[~speech][None, :]
    return above.mean()


def test_window_metrics_by_definition(scored):
    speech, probabilities = scored
    values = window_metrics(speech, probabilities, 0.4)
    hits = np.sum(speech & (probabilities >= 0.4))
    false_alarms = np.sum(~speech & (probabilities >= 0.4))
    misses = np.sum(speech) - hits
    assert values["miss_rate"] == pytest.approx(misses / speech.sum())
    assert values["false_alarm_rate"] == pytest.approx(false_alarms / (~speech).sum())
    assert values["f1"] == pytest.approx(2 * hits / (2 * hits + misses + false_alarms))
    assert values["roc_auc"] == pytest.approx(
        brute_force_roc_auc(speech[:4000], probabilities[:4000]), abs=0.02
    )


def test_what_needs_a_missing_class_is_absent(scored):
    _, probabilities = scored
    nowhere = np.zeros(len(probabilities), bool)
    assert set(window_metrics(nowhere, probabilities, 0.5)) == {"false_alarm_rate"}
    assert set(window_metrics(~nowhere, probabilities, 0.5)) == {"miss_rate"}


def test_roc_points_keep_the_area(scored):
    speech, probabilities = scored
    points = roc_points(speech, probabilities, 200)
    assert len(points) <= 200
    area = np.trapezoid(points["hit_rate"], points["false_alarm_rate"])
    exact = window_metrics(speech, probabilities, 0.5)["roc_auc"]
    assert area == pytest.approx(exact, abs=AREA_TOLERANCE)


def test_precision_recall_points_keep_the_area(scored):
    speech, probabilities = scored
    points = precision_recall_points(speech, probabilities, 200)
    assert len(points) <= 200
    area = np.abs(np.trapezoid(points["precision"], points["recall"]))
    exact = window_metrics(speech, probabilities, 0.5)["average_precision"]
    assert area == pytest.approx(exact, abs=AREA_TOLERANCE)
