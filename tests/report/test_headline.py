"""The first screen in words."""

from dataclasses import replace

import pandas as pd
import pytest

from vad.evaluation.groups import COLUMNS
from vad.report.headline import banners, call, domain_banner, four_columns

METRIC = "detection_error_rate"


def table(*rows):
    return pd.DataFrame([*rows], columns=[*COLUMNS])


@pytest.mark.parametrize(
    ("numbers", "style", "text"),
    [
        (
            (0.211, 0.079, -0.132, -0.2, -0.1),
            "better",
            "Better. 63 % less time in error on calls, 9 recordings: 21.1 → 7.9 s in 100 s "
            "of speech.",
        ),
        (
            (0.2, 0.3, 0.1, 0.05, 0.2),
            "worse",
            "Worse. 50 % more time in error on calls, 9 recordings: 20.0 → 30.0 s in 100 s "
            "of speech.",
        ),
        (
            (0.2, 0.19, -0.01, -0.05, 0.2),
            "unclear",
            "No clear difference. 5 % less time in error on calls, 9 recordings: 20.0 → 19.0 s in "
            "100 s of speech.",
        ),
    ],
)
def test_a_domain_in_words(numbers, style, text):
    banner = domain_banner(table(("domain", "calls", METRIC, *numbers)), "calls", 9)
    assert banner.style == style
    assert f"{banner.word}. {banner.sentence}" == text


def test_thresholds_that_do_as_well_are_no_gain():
    rows = table(
        ("domain", "calls", METRIC, 0.2, 0.1, -0.1, -0.2, -0.05),
        ("domain", "calls", f"{METRIC}_against_chosen", 0.1, 0.1, 0.0, -0.1, 0.1),
    )
    banner = domain_banner(rows, "calls", 1)
    assert (banner.style, banner.word) == ("unclear", "No better than other thresholds")
    assert "1 recording:" in banner.sentence


def test_noise_has_a_line_of_its_own(results):
    lines = banners(results)
    assert [line.word.startswith("Noise of") for line in lines] == [False, True]


def test_a_domain_without_speech_has_no_verdict(results):
    silent = results.table[results.table["metric"] != METRIC]
    lines = banners(replace(results, table=silent))
    assert [line.word.startswith("Noise of") for line in lines] == [True]


def test_four_columns_are_seconds_and_counts():
    rows = table(
        ("domain", "calls", METRIC, 0.211, 0.079, 0, 0, 0),
        ("domain", "calls", f"{METRIC}_chosen", 0.25, 0.08, 0, 0, 0),
        ("noise", "street", "false_runs", 4, 1, 0, 0, 0),
        ("noise", "street", "nonspeech_s", 34, 34, 0, 0, 0),
    )
    found = {row.label: row.values for row in four_columns(rows)}
    assert found["calls: s in error in 100 s of speech"] == ["21.1", "25.0", "7.9", "8.0"]
    assert found["street: false runs in 34 s of noise"] == ["4", "-", "1", "-"]


def test_the_call_has_the_recommended_options(results):
    assert call(results) == (
        "get_speech_timestamps(audio, model, threshold=0.5, neg_threshold=0.35, "
        "min_speech_duration_ms=250, min_silence_duration_ms=100, speech_pad_ms=30)"
    )
