"""The sentence for each thing that intervals can say."""

import numpy as np
import pandas as pd
import pytest

from vad.evaluation.counts import COLUMNS
from vad.report.verdict import verdict_sentence

RECORDINGS = {"calls": 40, "meetings": 1}
BETTER, WORSE = (0.3, 0.2, -0.1, -0.15, -0.05), (0.2, 0.3, 0.1, 0.05, 0.15)
UNCLEAR, UNKNOWN = (0.3, 0.2, -0.1, -0.25, 0.05), (0.3, 0.2, -0.1, np.nan, np.nan)


def sentence(*rows):
    table = [(section, name, metric, *values) for section, name, metric, values in rows]
    return verdict_sentence(pd.DataFrame(table, columns=[*COLUMNS]), RECORDINGS)


def decided(name, values):
    return ("domain", name, "detection_error_rate", values)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (BETTER, "is better on calls (0.300 to 0.200, 40 recordings)"),
        (WORSE, "is worse on calls (0.200 to 0.300, 40 recordings)"),
        (UNCLEAR, "shows no clear difference from the published one on calls (0.300 to 0.200,"),
        (UNKNOWN, "cannot be judged, for want of recordings, on calls (0.300 to 0.200,"),
    ],
)
def test_one_domain(values, words):
    found = sentence(decided("calls", values))
    assert found.startswith(f"By detection error rate the fine-tuned model {words}")
    assert found.endswith(").")


def test_domains_stand_where_they_belong():
    found = sentence(decided("calls", WORSE), decided("meetings", UNKNOWN))
    assert "is worse on calls" in found
    assert "and cannot be judged, for want of recordings, on meetings" in found
    assert "1 recording)" in found


def test_what_a_gain_costs_is_told():
    paid = ("domain", "calls", "false_alarm_rate", WORSE)
    found = sentence(decided("calls", BETTER), paid)
    assert "with a clearly worse false-alarm rate of windows on calls" in found
    unclear = ("domain", "calls", "false_alarm_rate", UNCLEAR)
    assert "worse" not in sentence(decided("calls", BETTER), unclear)


def test_where_else_it_loses():
    babble = ("condition", "babble", "detection_error_rate", WORSE)
    clean = ("condition", "clean", "detection_error_rate", WORSE)
    noise = ("noise", "street", "false_alarm_rate", WORSE)
    found = sentence(decided("calls", BETTER), babble, clean, noise)
    assert found.endswith("worse in these tests: over babble and noise of street alone.")
    noise = ("noise", "street", "false_alarm_rate", UNCLEAR)
    found = sentence(decided("calls", BETTER), noise)
    assert found.endswith(
        "; by that it is clearly worse in no other condition, nor on noise by false alarms."
    )


def test_what_has_no_interval_is_not_called_harmless():
    babble = ("condition", "babble", "detection_error_rate", UNKNOWN)
    found = sentence(decided("calls", BETTER), babble)
    assert found.endswith("; too few recordings are in these tests to judge: over babble.")


def test_what_has_no_interval_is_named_beside_what_is_worse():
    babble = ("condition", "babble", "detection_error_rate", UNKNOWN)
    noise = ("noise", "street", "false_alarm_rate", WORSE)
    assert sentence(decided("calls", BETTER), babble, noise).endswith(
        "; it is clearly worse in these tests: noise of street alone; "
        "too few recordings are in these tests to judge: over babble."
    )
