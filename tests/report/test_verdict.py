"""The sentences for each thing that intervals can say."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from vad.evaluation.groups import COLUMNS
from vad.report.verdict import NO_NOISE, verdict

BETTER, WORSE = (0.3, 0.2, -0.1, -0.15, -0.05), (0.2, 0.3, 0.1, 0.05, 0.15)
UNCLEAR, UNKNOWN = (0.3, 0.2, -0.1, -0.25, 0.05), (0.3, 0.2, -0.1, np.nan, np.nan)
# Published at chosen thresholds that do worse on test: a poor choice is not a better rival.
WORSE_POINT = (0.4, 0.2, -0.2, -0.5, 0.1)
MOVED = "moving the thresholds of the published model alone gives"


def sentences(*rows, domains=("calls",), is_clear=False):
    table = [(section, name, metric, *values) for section, name, metric, values in rows]
    results = SimpleNamespace(
        table=pd.DataFrame(table, columns=[*COLUMNS]),
        domain_recordings={name: 1 if name == "meetings" else 40 for name in domains},
        choices={"finetuned": SimpleNamespace(is_clear=is_clear)},
    )
    return verdict(results)


def domain(name, usual, moved):
    return [
        ("domain", name, "detection_error_rate", usual),
        ("domain", name, "detection_error_rate_against_chosen", moved),
    ]


@pytest.mark.parametrize(
    ("usual", "moved", "words"),
    [
        (BETTER, BETTER, "Better on calls (40 recordings): tuning lowers"),
        (
            BETTER,
            UNCLEAR,
            "No better than other thresholds on calls (40 recordings): tuning lowers",
        ),
        (BETTER, WORSE, "No better than other thresholds on calls"),
        (BETTER, WORSE_POINT, "Better on calls"),
        (UNCLEAR, BETTER, "No clear difference on calls"),
        (WORSE, WORSE, "Worse on calls (40 recordings): tuning raises"),
        (UNKNOWN, UNKNOWN, "Too few recordings to judge on calls"),
    ],
)
def test_one_domain(usual, moved, words):
    sentence = sentences(*domain("calls", usual, moved))[0]
    assert sentence.startswith(words)
    assert f"from {usual[0]:.3f} to {usual[1]:.3f}; {MOVED} {moved[0]:.3f}." in sentence


def test_each_domain_has_a_sentence():
    rows = [*domain("calls", BETTER, BETTER), *domain("meetings", UNKNOWN, UNKNOWN)]
    first, second, *_ = sentences(*rows, domains=("calls", "meetings"))
    assert first.startswith("Better on calls")
    assert second.startswith("Too few recordings to judge on meetings (1 recording, 5 are needed):")


def test_what_a_gain_costs_is_named():
    gain = domain("calls", BETTER, BETTER)
    paid = ("domain", "calls", "false_alarm_rate", WORSE)
    assert "Clearly worse: false-alarm rate of windows on calls." in sentences(*gain, paid)
    unclear = ("domain", "calls", "false_alarm_rate", UNCLEAR)
    assert not any("worse:" in sentence for sentence in sentences(*gain, unclear))


def test_conditions_but_for_recordings_as_they_came():
    gain = domain("calls", BETTER, BETTER)
    rows = [("condition", "clean", "detection_error_rate", WORSE)]
    rows += [("condition", "telephone", "detection_error_rate", UNCLEAR)]
    assert "It is not clearly worse in any other condition." in sentences(*gain, *rows)
    rows += [("condition", "babble", "detection_error_rate", WORSE)]
    rows += [("condition", "snr_5_db", "detection_error_rate", UNKNOWN)]
    lines = sentences(*gain, *rows)
    assert "Worse in these conditions: over babble." in lines
    assert "Too few recordings to judge: with noise at 5 dB." in lines


@pytest.mark.parametrize(
    ("values", "words"),
    [(WORSE, "clearly more"), (BETTER, "clearly less"), (UNCLEAR, "no clear difference")],
)
def test_noise(values, words):
    noise = ("noise", "street", "false_alarm_rate", values)
    expected = f"pass, {100 * values[0]:.2f} % with the published model: {words}."
    assert any(
        sentence.startswith("On noise of street alone") and sentence.endswith(expected)
        for sentence in sentences(*domain("calls", BETTER, BETTER), noise)
    )


def test_without_noise_recordings_it_says_that_nothing_was_measured():
    assert NO_NOISE in sentences(*domain("calls", BETTER, BETTER))


@pytest.mark.parametrize(("is_clear", "words"), [(True, "Use models"), (False, "Keep the usual")])
def test_thresholds(is_clear, words):
    last = sentences(*domain("calls", BETTER, BETTER), is_clear=is_clear)[-1]
    assert last.startswith(words)
