import numpy as np
import pandas as pd
import pytest

from vad.evaluation.groups import COLUMNS
from vad.evaluation.tables import NOTES, headline_metrics, side_by_side


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


def test_headlines_are_few_of_the_tuned_model_and_never_nan(results):
    rows = [
        ("domain", "calls", "detection_error_rate", 0.3, 0.2, -0.1, -0.2, -0.1),
        ("domain", "calls", "detection_error_rate_chosen", 0.3, 0.1, -0.2, -0.2, -0.1),
        ("domain", "meetings", "detection_error_rate", 0.5, 0.4, -0.1, -0.2, -0.1),
        ("domain", "calls", "miss_rate_at_3_in_1000", 0.3, 0.25, -0.05, -0.1, -0.01),
        ("domain", "calls", "onset_latency_p90_s", 0.1, np.nan, np.nan, np.nan, np.nan),
        ("noise", "street", "false_alarm_rate", 0.02, 0.01, -0.01, -0.02, 0.0),
    ]
    table = pd.concat([results, pd.DataFrame(rows, columns=COLUMNS)])
    assert headline_metrics(table, {"calls": 40}) == {
        "error_rate": {"calls": 0.2, "meetings": 0.4},
        "chosen": {"calls": 0.1},
        "hits": {"calls": 0.75},
        "noise": {"street": 0.01},
        "recordings": {"calls": 40},
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
    assert lines[-1].startswith("? fewer than 5 recordings")
