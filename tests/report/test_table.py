"""Rows as text and bars."""

import numpy as np
import pandas as pd
import pytest

from vad.evaluation.groups import COLUMNS
from vad.report.detectors import detector_tables
from vad.report.measures import measure_of
from vad.report.table import FIRST, FIRST_OF_CONDITION, table_groups


def groups_of(*rows):
    return table_groups(pd.DataFrame(rows, columns=[*COLUMNS]))


def test_every_metric_of_an_evaluation_has_a_name(results):
    labels = {metric: measure_of(metric).label for metric in results.table["metric"].unique()}
    assert len(set(labels.values())) == len(labels)
    assert all(measure_of(metric) for metric in {*FIRST, *FIRST_OF_CONDITION})


def test_endings_are_told():
    label = measure_of("detection_cost_collar_chosen").label
    assert label == "detection cost, collar of 0.25 s, chosen thresholds"
    with pytest.raises(KeyError):
        measure_of("unheard_of")


@pytest.mark.parametrize(
    ("metric", "low", "high", "words"),
    [
        ("f1", 0.01, 0.3, "▲ better"),
        ("f1", -0.3, -0.01, "▼ worse"),
        ("miss_rate", 0.01, 0.3, "▼ worse"),
        ("miss_rate", -0.3, -0.01, "▲ better"),
        ("onset_latency_median_s", 0.01, 0.3, "different"),
        ("f1", 0.0, 0.3, "no clear difference"),
        ("f1", np.nan, np.nan, "no interval"),
    ],
)
def test_what_is_said_of_an_interval(metric, low, high, words):
    [group] = groups_of(("all", "", metric, 0.5, 0.6, 0.1, low, high))
    [row] = [*group.first, *group.rest]
    assert row.verdict.words == words
    assert (row.whisker is None) == (words == "no interval")
    assert (row.interval == "") == (words == "no interval")


def test_bars_of_a_metric_share_a_scale():
    groups = groups_of(
        ("all", "", "f1", 0.5, 0.6, 0.1, -0.1, 0.2),
        ("domain", "calls", "f1", 0.5, 0.9, 0.4, 0.4, 0.4),
    )
    first, second = (group.first[0].whisker for group in groups)
    assert (first.low, first.difference, first.high) == (37.5, 62.5, 75.0)
    assert second.high == 100.0


def test_numbers_are_text_with_signs():
    [group] = groups_of(("all", "", "f1", np.nan, 0.6, -0.00001, -0.1, 0.2))
    row = group.first[0]
    assert (row.published, row.finetuned, row.difference) == ("-", "0.600", "0.000")
    assert row.interval == "-0.100 to +0.200"


def test_detectors_stand_below_both_models(results, detectors):
    [table] = detector_tables(results.table, detectors)
    assert table.columns == ["detection error rate", "F1 of windows"]
    assert [engine for engine, _ in table.rows] == [
        "Silero VAD, published",
        "Silero VAD, fine-tuned",
        "WebRTC <3>",
    ]
    assert table.rows[2][1] == ["0.400", "0.700"]
    row = results.table.set_index(["section", "metric"]).loc[("all", "f1")]
    assert table.rows[1][1][1] == f"{row['finetuned']:.3f}"


def test_conditions_stand_in_the_order_of_their_level_and_a_group_once():
    numbers = ("f1", 0.5, 0.6, 0.1, -0.1, 0.2)
    names = ["babble", "clean", "snr_0_db", "snr_10_db", "snr_5_db", "stream"]
    conditions = [("condition", name, *numbers) for name in names]
    titles = [group.title for group in groups_of(*conditions, ("domain", "calls", *numbers))]
    noisy = [f"with noise at {level} dB" for level in (10, 5, 0)]
    assert titles[:4] == ["calls, as recorded", *noisy]
    two = [("domain", name, *numbers) for name in ("calls", "meetings")]
    assert "as recorded" in [group.title for group in groups_of(*conditions, *two)]


def test_false_runs_are_counts_in_seconds():
    rows = [("false_runs_per_hour", 423.5, 105.9), ("false_runs", 4, 1), ("nonspeech_s", 34, 34)]
    [group] = groups_of(*(("noise", "street", *row, 0.0, -1.0, 1.0) for row in rows))
    [row] = [*group.first, *group.rest]
    assert row.label == "false runs, difference per hour"
    assert (row.published, row.finetuned) == ("4 in 34 s", "1 in 34 s")
