"""Unlabelled recordings beside labelled ones, as stage prepare gets them."""

import numpy as np
import pytest
import soundfile
from sklearn.metrics import f1_score

from tests.spoken import sentences
from vad.corpora import read_corpora
from vad.corpora.readers.unlabelled import UnlabelledRecording
from vad.faults import Faults
from vad.intervals import difference, total
from vad.teacher.labelling import (
    CANDIDATES,
    best_threshold,
    fitted_threshold,
    label_unlabelled,
)
from vad.teacher.opinions import opinion
from vad.teacher.scores import THRESHOLD

CARD = "name: {name}\nlicence: x\ncitation: x\naudio: '*.wav'\nreader: {reader}\n"


@pytest.fixture
def raw(tmp_path, monkeypatch):
    """An unlabelled corpus, and one that is labelled by Audacity."""
    monkeypatch.setenv("VAD_WORKERS", "1")
    for name, reader in (("field", "unlabelled\n"), ("calls", "audacity\nlabels: '*.txt'\n")):
        (tmp_path / name).mkdir()
        card = CARD.format(name=name, reader=reader.strip())
        (tmp_path / name / "corpus.yaml").write_text(card, encoding="utf-8")
        soundfile.write(tmp_path / name / "a.wav", sentences(16000), 16000)
    with (tmp_path / "calls" / "corpus.yaml").open("a", encoding="utf-8") as card:
        card.write("split: {train: '*'}\n")
    (tmp_path / "calls" / "a.txt").write_text("1.3\t2.8\tspeech\n", encoding="utf-8")
    return tmp_path


def test_sure_parts_are_annotated_and_the_metrics_have_the_hours(raw):
    recordings, metrics = label_unlabelled(read_corpora(raw, None), Faults())
    own, taught = recordings
    assert (own.corpus, taught.corpus) == ("calls", "field")
    assert not isinstance(taught, UnlabelledRecording)
    threshold = metrics["labelled_by"]["threshold"]
    result = opinion(taught.path)
    np.testing.assert_array_equal(taught.speech, result.speech_s(threshold))
    uncertain = result.uncertain_s(threshold)
    whole = np.array([[0, taught.duration_s]])
    np.testing.assert_array_equal(taught.annotated, difference(whole, uncertain))
    assert metrics["labelled_by"]["hours"] == {
        "people": pytest.approx(own.duration_s / 3600),
        "teacher": pytest.approx(float(total(taught.annotated)) / 3600),
    }
    assert metrics["labelled_by"]["unsure_hours"] == pytest.approx(float(total(uncertain)) / 3600)


def test_without_unlabelled_recordings_nothing_is_done(raw):
    labelled = read_corpora(raw, ("calls",))
    assert label_unlabelled(labelled, Faults()) == (labelled, {})


def test_the_threshold_is_fitted_on_labelled_training_recordings(raw):
    labelled = read_corpora(raw, ("calls",))
    threshold = fitted_threshold(labelled)
    result = opinion(labelled[0].path)
    times = (np.arange(len(result.scores)) + 0.5) * 0.032
    speech = (times > 1.3) & (times < 2.8)
    best = max(f1_score(speech, result.scores >= one) for one in CANDIDATES)
    # The middle of a window stands for what covers it.
    assert f1_score(speech, result.scores >= threshold) == pytest.approx(best, abs=0.02)
    assert fitted_threshold(read_corpora(raw, ("field",))) == THRESHOLD


def test_the_best_threshold_nearest_to_the_fixed_one():
    labels = np.array([False, False, True, True])
    assert best_threshold([(labels, np.array([-6.0, -5.0, -1.0, 0.0]))]) == THRESHOLD
    assert best_threshold([(labels, np.array([-3.0, -2.0, -1.0, 0.0]))]) == pytest.approx(-1.9)
    assert best_threshold([(~labels[:2], np.zeros(2))]) == THRESHOLD
    assert best_threshold([]) == THRESHOLD


def test_a_recording_that_cannot_be_read_is_left_out_as_a_fault(raw):
    recordings = read_corpora(raw, None)
    (raw / "field" / "a.wav").write_bytes(b"RIFF")
    faults = Faults()
    labelled, metrics = label_unlabelled(recordings, faults)
    assert [recording.corpus for recording in labelled] == ["calls"]
    assert [fault.file for fault in faults.entries] == [str(raw / "field" / "a.wav")]
    assert metrics["labelled_by"]["hours"]["teacher"] == 0
