"""What users complain of, on examples whose answer is plain."""

import numpy as np
import pytest

from vad.evaluation.utterances import silence_counts, utterance_counts, utterance_metrics

RATE = 1000
WHOLE = [[0, 60_000]]
# Latencies are counted in steps of 1 %, and of 5 ms near 0.
STEP_S = 0.005


def measured(speech, segments, annotated=WHOLE):
    speech, segments, annotated = (
        np.array(pairs, np.int64).reshape(-1, 2) for pairs in (speech, segments, annotated)
    )
    counts = utterance_counts(speech, annotated, segments, RATE)
    speech_s = np.array([(speech[:, 1] - speech[:, 0]).sum() / RATE])
    counts["silence"] = silence_counts(counts["utterances"][None], speech_s)[0]
    values = utterance_metrics(counts)
    return {name: float(value) for name, value in values.items() if value == value}


def test_latencies_are_positive_when_late():
    speech = [[1000, 2000], [5000, 6000], [9000, 10_000]]
    segments = [[1100, 2300], [4800, 5900], [9100, 10_300]]
    values = measured(speech, segments)
    assert values["onset_latency_median_s"] == pytest.approx(0.1, abs=STEP_S)
    assert values["onset_latency_p90_s"] == pytest.approx(0.1, abs=STEP_S)
    assert values["offset_latency_median_s"] == pytest.approx(0.3, abs=STEP_S)


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_quantiles_against_numpy(share):
    draw = np.random.default_rng(0)
    late = np.sort(draw.integers(-300, 900, 101))
    onsets = 5000 + 5000 * np.arange(101)
    speech = np.stack((onsets, onsets + 2000), axis=1)
    segments = np.stack((onsets + late, onsets + 2000), axis=1)
    values = measured(speech, segments, [[0, 600_000]])
    name = "median" if share == 0.5 else "p90"
    expected = np.quantile(late, share) / RATE
    assert values[f"onset_latency_{name}_s"] == pytest.approx(expected, abs=0.01)


def test_an_onset_under_an_earlier_segment_has_no_latency():
    """One segment over two utterances: the onset of the first and the offset of the second."""
    values = measured([[1000, 2000], [3000, 4000]], [[1100, 4200]])
    assert values["onset_latency_p90_s"] == pytest.approx(0.1, abs=STEP_S)
    assert values["offset_latency_p90_s"] == pytest.approx(0.2, abs=STEP_S)


def test_speech_cut_by_the_annotation_has_no_onset():
    values = measured([[0, 2000], [59_000, 60_000]], [[500, 2100], [59_300, 60_000]])
    assert values["onset_latency_median_s"] == pytest.approx(0.3, abs=STEP_S)
    assert values["offset_latency_median_s"] == pytest.approx(0.1, abs=STEP_S)


def test_fragmentation_counts_segments_of_found_utterances():
    speech = [[1000, 4000], [5000, 6000], [9000, 10_000]]
    segments = [[1000, 1500], [2000, 2500], [3000, 4500], [5500, 5600]]
    assert measured(speech, segments)["fragmentation"] == 4 / 2


def test_false_runs_touch_no_speech_and_last():
    speech = [[0, 30_000]]
    segments = [[29_000, 31_000], [40_000, 40_099], [45_000, 45_100], [50_000, 52_000]]
    assert measured(speech, segments)["false_runs_per_hour"] == 2 / (30 / 3600)


def test_what_is_not_annotated_is_no_false_run():
    values = measured(
        [[0, 1000]], [[20_000, 30_050], [40_000, 50_000]], [[0, 11_000], [30_000, 40_000]]
    )
    assert values["false_runs_per_hour"] == 0


def test_short_utterances_that_nothing_touches_are_missed():
    speech = [[1000, 1599], [3000, 3600], [5000, 5500], [7000, 7100]]
    assert measured(speech, [[5400, 6000]])["short_missed_share"] == pytest.approx(2 / 3)


def test_silence_is_told_of_recordings_without_speech():
    assert measured([], [])["silent_share"] == 1
    assert measured([], [[1000, 1050]])["silent_share"] == 1
    assert measured([], [[1000, 1100]])["silent_share"] == 0
    assert "silent_share" not in measured([[0, 1000]], [])


def test_what_did_not_happen_is_absent():
    present = {"false_runs", "nonspeech_s", "false_runs_per_hour", "silent_share"}
    assert set(measured([], [])) == present
    expected = {"false_runs", "nonspeech_s", "false_runs_per_hour", "lost_share"}
    assert set(measured([[1000, 3000]], [])) == expected


def test_an_utterance_is_lost_when_no_segment_touches_it():
    """Three of 0.3 s or more, one of them lost; a shorter one does not count."""
    speech = [[1000, 1300], [5000, 6000], [9000, 10_000], [20_000, 20_200]]
    assert measured(speech, [[900, 1100], [9900, 12_000]])["lost_share"] == pytest.approx(1 / 3)
    assert "lost_share" not in measured([[1000, 1200]], [[0, 100]])
