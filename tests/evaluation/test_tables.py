import numpy as np
import pandas as pd
import pytest

from vad.evaluation.counts import COLUMNS
from vad.evaluation.tables import reviewed_metrics, side_by_side, spans_zero


@pytest.fixture
def results():
    rows = [
        ("all", "", "roc_auc", 0.9, 0.95, 0.05, 0.02, 0.07),
        ("all", "", "brier_score", 0.2, 0.1, -0.1, -0.2, -0.1),
        ("domain", "calls", "f1", 0.8, 0.81, 0.01, -0.02, 0.03),
        ("domain", "calls", "detection_cost", 0.2, 0.1, -0.1, np.nan, np.nan),
        ("noise", "street", "silent_share", 1.0, 0.5, -0.5, -0.8, -0.1),
        ("condition", "snr_5_db", "f1", np.nan, 0.5, np.nan, np.nan, np.nan),
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def test_the_reviewed_metrics_are_few_and_never_nan(results):
    assert reviewed_metrics(results) == {
        "published": {
            "all": {"roc_auc": 0.9},
            "domain": {"calls": {"f1": 0.8, "detection_cost": 0.2}},
            "noise": {"street": {"silent_share": 1.0}},
        },
        "finetuned": {
            "all": {"roc_auc": 0.95},
            "domain": {"calls": {"f1": 0.81, "detection_cost": 0.1}},
            "noise": {"street": {"silent_share": 0.5}},
            "condition": {"snr_5_db": {"f1": 0.5}},
        },
        "difference": {
            "all": {"roc_auc": {"mean": 0.05, "low": 0.02, "high": 0.07}},
            "domain": {
                "calls": {
                    "f1": {"mean": 0.01, "low": -0.02, "high": 0.03},
                    "detection_cost": {"mean": -0.1},
                }
            },
            "noise": {"street": {"silent_share": {"mean": -0.5, "low": -0.8, "high": -0.1}}},
        },
    }


def test_a_difference_may_be_none(results):
    assert list(spans_zero(results)) == [False, False, True, False, False, False]


def test_the_table_on_screen(results):
    lines = side_by_side(results).splitlines()
    assert lines[0].split() == ["roc_auc", "f1", "miss_rate", "false_alarm_rate"]
    assert lines[1].split() == ["published", "finetuned"] * 4
    found = {" ".join(line[:18].split()): line[18:].split() for line in lines[2:]}
    assert found["all"] == ["0.900", "0.950"]
    assert found["domain calls"] == ["0.800", "0.810~"]
    assert found["condition snr_5_db"] == ["0.500"]
    assert lines[-1] == "~ the 95 % interval of the difference spans zero"
    assert "brier" not in "".join(lines)
