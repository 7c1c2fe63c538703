import numpy as np
import pandas as pd
import pytest

from vad.evaluation.counts import COLUMNS
from vad.evaluation.tables import NOTES, reviewed_metrics, side_by_side


@pytest.fixture
def results():
    rows = [
        ("all", "", "roc_auc", 0.9, 0.95, 0.05, 0.02, 0.07),
        ("all", "", "brier_score", 0.2, 0.1, -0.1, -0.2, -0.1),
        ("domain", "calls", "f1", 0.8, 0.81, 0.01, -0.02, 0.03),
        ("domain", "calls", "miss_rate", 0.2, 0.1, -0.1, np.nan, np.nan),
        ("all", "", "detection_error_rate", 0.3, 0.2, -0.1, np.nan, np.nan),
        ("all", "", "detection_error_rate_chosen", 0.28, 0.19, -0.09, np.nan, np.nan),
        ("noise", "street", "silent_share", 1.0, 0.5, -0.5, -0.8, -0.1),
        ("condition", "snr_5_db", "f1", np.nan, 0.5, np.nan, np.nan, np.nan),
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def test_the_reviewed_metrics_are_few_and_never_nan(results):
    assert reviewed_metrics(results) == {
        "published": {
            "all": {"roc_auc": 0.9},
            "domain": {"calls": {"f1": 0.8, "miss_rate": 0.2}},
            "noise": {"street": {"silent_share": 1.0}},
        },
        "finetuned": {
            "all": {"roc_auc": 0.95},
            "domain": {"calls": {"f1": 0.81, "miss_rate": 0.1}},
            "noise": {"street": {"silent_share": 0.5}},
            "condition": {"snr_5_db": {"f1": 0.5}},
        },
        "difference": {
            "all": {"roc_auc": {"mean": 0.05, "low": 0.02, "high": 0.07}},
            "domain": {
                "calls": {
                    "f1": {"mean": 0.01, "low": -0.02, "high": 0.03},
                    "miss_rate": {"mean": -0.1},
                }
            },
            "noise": {"street": {"silent_share": {"mean": -0.5, "low": -0.8, "high": -0.1}}},
        },
    }


def test_the_table_on_screen(results):
    lines = side_by_side(results).splitlines()
    assert lines[1].split() == [
        *("published", "published*", "tuned", "tuned*"),
        *(3 * ["published", "tuned"]),
    ]
    cells = {line[:18].strip(): line[18:].split() for line in lines[2:-3]}
    assert cells["all"] == ["0.300", "0.280", "0.200?", "0.190"]
    assert cells["domain calls"] == ["0.800", "0.810~"]
    assert cells["condition snr_5_db"] == ["0.500"]
    assert "brier" not in "".join(lines)
    assert lines[-3:] == list(NOTES)
