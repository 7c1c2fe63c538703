"""Window metrics from counts against scikit-learn on the windows themselves."""

import numpy as np
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve

from tests.scored import ranked
from vad.evaluation.metrics import (
    Windows,
    bin_edges,
    decision_metrics,
    metrics_at,
    window_counts,
)

# Areas from counts in bins against those of single windows, and where a curve is cut: within a bin.
AREA, WITHIN_BIN = 1e-5, 1e-3
EDGES = bin_edges(())


@pytest.fixture
def scored():
    """As a model that is often sure: a third of the probabilities lie beyond 0.01 and 0.99."""
    draw = np.random.default_rng(0)
    speech = draw.random(20000) < 0.6
    logits = 3 * (2 * speech - 1 + draw.standard_normal(20000))
    return speech, (1 / (1 + np.exp(-logits))).astype(np.float32)


def measured(speech, probabilities, **thresholds):
    thresholds = thresholds or {"": 0.5}
    edges = bin_edges(thresholds.values())
    return all_metrics(Windows(window_counts(speech, probabilities, edges), edges), thresholds)


def all_metrics(windows, thresholds):
    return ranked(windows) | decision_metrics(windows, thresholds)


def test_ranking(scored):
    values = measured(*scored)
    assert values["roc_auc"] == pytest.approx(metrics.roc_auc_score(*scored), abs=AREA)
    expected = metrics.average_precision_score(*scored)
    assert values["average_precision"] == pytest.approx(expected, abs=AREA)


def test_points_of_the_roc_curve(scored):
    false_alarm_rate, hit_rate, _ = metrics.roc_curve(*scored, drop_intermediate=False)
    values = measured(*scored)
    tolerated = false_alarm_rate[hit_rate >= 0.95][0]
    assert values["false_alarm_rate_at_5_miss"] == pytest.approx(tolerated, abs=WITHIN_BIN)
    equal = np.argmin(np.abs(false_alarm_rate - (1 - hit_rate)))
    assert values["equal_error_rate"] == pytest.approx(false_alarm_rate[equal], abs=WITHIN_BIN)


def test_calibration(scored):
    speech, probabilities = scored
    values = measured(*scored)
    expected = metrics.brier_score_loss(speech, probabilities.astype(float))
    assert values["brier_score"] == pytest.approx(expected, abs=1e-12)
    share, mean = calibration_curve(speech, probabilities.astype(float), n_bins=15)
    count = np.histogram(probabilities, bins=15, range=(0, 1))[0]
    expected = np.sum(np.abs(share - mean) * count) / len(speech)
    assert values["expected_calibration_error"] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("threshold", [0.5, 0.35, 0.123])
def test_decisions(scored, threshold):
    speech, probabilities = scored
    predicted = probabilities >= threshold
    values = measured(*scored, _at=threshold)
    for name, function in (
        ("f1", metrics.f1_score),
        ("precision", metrics.precision_score),
        ("recall", metrics.recall_score),
    ):
        assert values[f"{name}_at"] == pytest.approx(function(speech, predicted), abs=1e-12)
    assert values["miss_rate_at"] == pytest.approx(np.mean(~predicted[speech]), abs=1e-12)
    assert values["false_alarm_rate_at"] == pytest.approx(np.mean(predicted[~speech]), abs=1e-12)


def test_a_probability_at_the_threshold_is_speech():
    speech = np.array([True, False])
    values = measured(speech, np.array([0.5, np.nextafter(0.5, 0)]))
    assert values["recall"] == 1
    assert values["false_alarm_rate"] == 0


def test_few_windows_of_distinct_probabilities_are_exact():
    """With one window to a bin nothing is lost."""
    speech = np.array([1, 0, 1, 1, 0, 0, 1, 0], bool)
    probabilities = np.array([0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.2, 0.1])
    values = measured(speech, probabilities)
    assert values["roc_auc"] == pytest.approx(metrics.roc_auc_score(speech, probabilities))
    expected = metrics.average_precision_score(speech, probabilities)
    assert values["average_precision"] == pytest.approx(expected)


def test_what_needs_a_missing_class_is_not_told(scored):
    _, probabilities = scored
    nowhere = np.zeros(len(probabilities), bool)

    def told(speech):
        return {name for name, value in measured(speech, probabilities).items() if value == value}

    both = {"expected_calibration_error", "brier_score"}
    assert told(nowhere) == both | {"false_alarm_rate"}
    assert told(~nowhere) == both | {"recall", "miss_rate", "f1", "precision"}


def test_rows_are_each_alone(scored):
    """Draws stand in leading axes."""
    edges = bin_edges([0.5])
    parts = [
        window_counts(*(values[half] for values in scored), edges)
        for half in (slice(9), slice(9, 5000))
    ]
    stacked = {kind: np.stack([part[kind] for part in parts]) for kind in parts[0]}
    together = all_metrics(Windows(stacked, edges), {"": 0.5})
    for row, part in enumerate(parts):
        for name, value in all_metrics(Windows(part, edges), {"": 0.5}).items():
            np.testing.assert_equal(together[name][row], value)


@pytest.mark.parametrize("share", [0.001, 0.003, 0.01, 0.1])
def test_a_threshold_lets_at_most_its_share_of_noise_pass(scored, share):
    speech, probabilities = scored
    windows = Windows(window_counts(speech, probabilities, EDGES), EDGES)
    threshold = windows.threshold_at(share)
    rates = [np.mean(probabilities[~speech] >= edge) for edge in EDGES]
    assert threshold == min(edge for edge, rate in zip(EDGES, rates, strict=True) if rate <= share)
    values = metrics_at(windows, {"_there": threshold})
    predicted = probabilities >= threshold
    assert values["f1_there"] == pytest.approx(metrics.f1_score(speech, predicted), abs=1e-12)
    assert values["miss_rate_there"] == pytest.approx(1 - np.mean(predicted[speech]), abs=1e-12)


def test_without_noise_there_is_no_threshold():
    speech = np.ones(10, bool)
    windows = Windows(window_counts(speech, np.linspace(0, 1, 10), EDGES), EDGES)
    assert np.isnan(windows.threshold_at(0.01))
