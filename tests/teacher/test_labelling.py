"""Unlabelled recordings beside labelled ones, as stage prepare gets them."""

import numpy as np
import pytest

from vad.corpora import read_corpora
from vad.corpora.readers.unlabelled import UnlabelledRecording
from vad.faults import Faults
from vad.intervals import difference, total
from vad.teacher.fitting import fitted_rule
from vad.teacher.labelling import label_unlabelled
from vad.teacher.opinions import opinion
from vad.teacher.scores import FOR_TRAINING


@pytest.mark.parametrize("threshold", ["fixed", "fitted"])
def test_sure_parts_are_annotated_and_the_metrics_have_the_hours(raw, threshold):
    with (raw / "field" / "corpus.yaml").open("a", encoding="utf-8") as card:
        card.write(f"threshold: {threshold}\n")
    recordings, metrics = label_unlabelled(read_corpora(raw, None), Faults())
    own, taught = recordings
    assert (own.corpus, taught.corpus) == ("calls", "field")
    assert not isinstance(taught, UnlabelledRecording)
    rule = fitted_rule([own]) if threshold == "fitted" else FOR_TRAINING
    result = opinion(taught.path)
    np.testing.assert_array_equal(taught.speech, result.speech_s(rule))
    uncertain = result.uncertain_s(rule)
    whole = np.array([[0, taught.duration_s]])
    np.testing.assert_array_equal(taught.annotated, difference(whole, uncertain))
    summary = metrics["labelled_by"]
    assert summary["hours"] == {
        "people": pytest.approx(own.duration_s / 3600),
        "teacher": pytest.approx(float(total(taught.annotated)) / 3600),
    }
    assert summary["unsure_hours"] == pytest.approx(float(total(uncertain)) / 3600)
    assert summary.get("fitted_threshold") == (rule.threshold if threshold == "fitted" else None)


def test_without_unlabelled_recordings_nothing_is_done(raw):
    labelled = read_corpora(raw, ("calls",))
    assert label_unlabelled(labelled, Faults()) == (labelled, {})


def test_a_recording_that_cannot_be_read_is_left_out_as_a_fault(raw):
    recordings = read_corpora(raw, None)
    (raw / "field" / "a.wav").write_bytes(b"RIFF")
    faults = Faults()
    labelled, metrics = label_unlabelled(recordings, faults)
    assert [recording.corpus for recording in labelled] == ["calls"]
    assert [fault.file for fault in faults.entries] == [str(raw / "field" / "a.wav")]
    assert metrics["labelled_by"]["hours"]["teacher"] == 0
