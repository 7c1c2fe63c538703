import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from tests.scored import ranked
from vad.evaluation.curves import CURVES, curve_tables, snr_points
from vad.evaluation.metrics import (
    Windows,
    bin_edges,
    decision_metrics,
    window_counts,
)

# Area under a curve of 200 points against the exact one.
AREA_TOLERANCE = 2e-3


@pytest.fixture(scope="module")
def windows():
    """Normal scores of equal spread: on normal deviates the DET curve is a straight line."""
    draw = np.random.default_rng(0)
    speech = draw.random(200_000) < 0.6
    logits = 2 * speech - 1 + draw.standard_normal(len(speech))
    edges = bin_edges([0.5])
    return Windows(window_counts(speech, 1 / (1 + np.exp(-logits)), edges), edges)


@pytest.fixture(scope="module")
def tables(windows):
    return curve_tables({"published": windows, "finetuned": windows}, 200)


def test_both_models_stand_in_each_table(tables):
    assert set(tables) == set(CURVES)
    for table in tables.values():
        assert table["model"].value_counts().nunique() == 1
        assert len(table) <= 400
        assert table.notna().all(axis=None)


def test_areas_are_kept(windows, tables):
    values = ranked(windows)
    for name, x, y, metric in (
        ("roc", "false_alarm_rate", "hit_rate", "roc_auc"),
        ("precision_recall", "recall", "precision", "average_precision"),
    ):
        points = tables[name][tables[name]["model"] == "published"]
        area = np.trapezoid(points[y], points[x])
        assert area == pytest.approx(values[metric], abs=AREA_TOLERANCE)


def test_the_det_curve_of_normal_scores_is_straight(tables):
    points = tables["det"]
    np.testing.assert_allclose(points["miss_deviate"], norm.ppf(points["miss_rate"]))
    # Means two standard deviations apart; a rate of 0.0005 is known to a tenth of a deviate.
    total = points["miss_deviate"] + points["false_alarm_deviate"]
    np.testing.assert_allclose(total, -2, atol=0.1)


def test_f1_by_threshold(windows, tables):
    points = tables["f1"]
    assert points["threshold"].iloc[0] == 0
    at_half = points.iloc[(points["threshold"] - 0.5).abs().argmin()]["f1"]
    assert at_half == pytest.approx(decision_metrics(windows, {"": 0.5})["f1"], abs=1e-3)


def test_calibration_of_sure_scores(tables):
    """By Bayes the logit of speech is 2 x score + log of the odds; scores here lack both."""
    points = tables["calibration"].iloc[:15]
    logit = np.log(points["probability"] / (1 - points["probability"]))
    expected = 1 / (1 + np.exp(-2 * logit - np.log(0.6 / 0.4)))
    np.testing.assert_allclose(points["speech_share"], expected, atol=0.02)
    assert points["windows"].sum() == 200_000


def test_points_by_noise_level_are_sorted_by_number():
    rows = [
        ("condition", name, "f1", value, value + 0.1)
        for name, value in (
            ("snr_20_db", 0.8),
            ("snr_5_db", 0.6),
            ("snr_-5_db", 0.2),
            ("babble", 0.1),
        )
    ]
    results = pd.DataFrame(rows, columns=["section", "name", "metric", "published", "finetuned"])
    points = snr_points(results)
    assert list(points["snr_db"]) == [-5, 5, 20, -5, 5, 20]
    np.testing.assert_allclose(points["f1"], [0.2, 0.6, 0.8, 0.3, 0.7, 0.9])
    none = snr_points(results[results["name"] == "babble"])
    assert list(none.columns) == ["model", "snr_db", "f1"]
    assert none.empty
