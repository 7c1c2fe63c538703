"""The teacher's labels of real meetings against those of people, and its intervals."""

import numpy as np
import pytest
import soundfile

from tests.spoken import sentences
from vad.errors import VadError
from vad.intervals import difference, total
from vad.silero.geometry import GEOMETRIES
from vad.silero.windows import covered_windows
from vad.teacher.opinions import Opinion, opinion, opinions
from vad.teacher.scores import FOR_PEOPLE, FOR_TRAINING


def words(folder, part):
    """Speech of each recording by its words, int64 [intervals, 2] in samples of 16 kHz."""
    lines = (folder / f"{part}.words.rttm").read_text(encoding="utf-8").splitlines()
    turns = {}
    for fields in map(str.split, lines):
        start = float(fields[3])
        turns.setdefault(fields[1], []).append((start, start + float(fields[4])))
    return {
        name: np.rint(16000 * np.array(sorted(pairs))).astype(int) for name, pairs in turns.items()
    }


def counts(real_recordings, part):
    """Hits, labelled and passing windows of one part of AMI."""
    folder = real_recordings / "ami" / part
    sums = np.zeros(3)
    for path in sorted(folder.glob("*.flac")):
        result = opinion(path)
        mask = np.zeros(round(result.duration_s * 16000), bool)
        for start, end in words(folder, part)[path.stem]:
            mask[start:end] = True
        edges = np.flatnonzero(np.diff(mask.astype(int), prepend=0, append=0)).reshape(-1, 2)
        speech = covered_windows(edges, len(result.scores), GEOMETRIES[16000])
        passing = result.scores >= FOR_PEOPLE.threshold
        sums += [(speech & passing).sum(), speech.sum(), passing.sum()]
    return sums


@pytest.mark.parametrize(("parts", "least"), [(["train"], 0.935), (["dev", "test"], 0.93)])
def test_f1_on_meetings_at_its_own_threshold(real_recordings, parts, least):
    hits, labelled, passing = np.sum([counts(real_recordings, part) for part in parts], axis=0)
    assert 2 * hits / (labelled + passing) >= least


@pytest.fixture
def recording(tmp_path, sample_rate):
    path = tmp_path / "a.wav"
    soundfile.write(path, sentences(sample_rate), sample_rate)
    return path


def test_spoken_sentences_are_speech_and_their_pauses_are_not(recording, sample_rate):
    result = opinion(recording)
    assert result.sample_rate == sample_rate
    assert result.duration_s == len(sentences(sample_rate)) / sample_rate
    speech = result.speech_s(FOR_PEOPLE)
    assert len(speech) >= 4
    # Before the first sentence there is 1.2 s of silence.
    assert 0.8 < speech[0, 0] < 1.4
    assert total(difference(speech, result.uncertain_s(FOR_PEOPLE))) > 1


def test_short_uncertain_stretches_may_be_left_out_and_ends_are_those_of_the_audio():
    values = np.full(100, 2.0, np.float32)
    values[[10, 20, 21, 22, 99]] = FOR_PEOPLE.threshold
    result = Opinion(values, values, np.zeros(100, np.float32), 3.19, 16000)
    expected = [[0.32, 0.352], [0.64, 0.736], [3.168, 3.19]]
    np.testing.assert_allclose(result.uncertain_s(FOR_PEOPLE), expected)
    np.testing.assert_allclose(result.uncertain_s(FOR_PEOPLE, 0.05), expected[1:2])
    np.testing.assert_allclose(result.speech_s(FOR_PEOPLE), [[0, 3.19]])
    # The same numbers as logits are silence there, and sure.
    assert len(result.uncertain_s(FOR_TRAINING)) == 0
    assert len(result.speech_s(FOR_TRAINING)) == 3


def test_a_file_that_cannot_be_read_is_the_fault_of_that_file(recording, tmp_path, monkeypatch):
    monkeypatch.setenv("VAD_WORKERS", "1")
    (tmp_path / "b.wav").write_bytes(b"RIFF")
    good, bad = opinions([(recording, None), (tmp_path / "b.wav", None)], "label")
    assert isinstance(good, Opinion)
    assert isinstance(bad, VadError)
