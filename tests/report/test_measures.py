"""Metrics and groups as people read them."""

import numpy as np
import pytest

from vad.report.measures import (
    BETTER,
    DIFFERENT,
    ENDINGS,
    MEASURES,
    UNCLEAR,
    UNKNOWN,
    WORSE,
    enumerated,
    group_title,
    measure_of,
    verdict_of,
)


@pytest.mark.parametrize(
    ("value", "text", "signed"),
    [(0.1234, "0.123", "+0.123"), (-0.5, "-0.500", "-0.500"), (0.0001, "0.000", "0.000")],
)
def test_numbers_have_the_digits_of_their_measure(value, text, signed):
    measure = MEASURES["f1"]
    assert (measure.text(value), measure.signed(value)) == (text, signed)


def test_units_stand_behind_and_undefined_values_are_a_dash():
    assert MEASURES["onset_latency_median_s"].text(0.05) == "0.050 s"
    assert MEASURES["f1"].text(np.nan) == MEASURES["f1"].text(None) == "-"


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_ending_keeps_which_way_is_better(ending):
    for metric, measure in MEASURES.items():
        under_other_rules = measure_of(f"{metric}{ending}")
        assert under_other_rules.better == measure.better
        assert under_other_rules.label == measure.label + ENDINGS[ending]


@pytest.mark.parametrize(
    ("metric", "low", "high", "verdict"),
    [
        ("f1", 0.1, 0.2, BETTER),
        ("f1", -0.2, -0.1, WORSE),
        ("detection_error_rate_chosen", -0.2, -0.1, BETTER),
        ("lost_share", 0.1, 0.2, WORSE),
        ("onset_latency_p90_s", 0.1, 0.2, DIFFERENT),
        ("f1", -0.1, 0.2, UNCLEAR),
        ("f1", np.nan, np.nan, UNKNOWN),
    ],
)
def test_a_verdict_needs_an_interval_that_leaves_zero_out(metric, low, high, verdict):
    assert verdict_of({"metric": metric, "low": low, "high": high}) == verdict


@pytest.mark.parametrize(
    ("group", "title"),
    [
        (("all", ""), "all recordings in all conditions"),
        (("domain", "calls"), "calls, as recorded"),
        (("noise", "street"), "noise of street alone"),
        (("condition", "snr_-5_db"), "with noise at -5 dB"),
        (("condition", "telephone"), "over a telephone line"),
        (("condition", "copy_1"), "in condition copy_1"),
    ],
)
def test_groups_have_titles(group, title):
    assert group_title(*group) == title


@pytest.mark.parametrize(
    ("words", "text"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_words_are_listed_as_in_a_sentence(words, text):
    assert enumerated(words) == text
