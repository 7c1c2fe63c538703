import pytest

from vad.corpora import read_corpus
from vad.corpora.convert import convert
from vad.corpora.readers.unlabelled import UnlabelledRecording
from vad.errors import VadError

CARD = "reader: unlabelled\naudio: '*.wav'\n"


def test_every_recording_is_training(make_corpus) -> None:
    folder = make_corpus(CARD, {f"{name}.wav": 1.0 for name in "abcdefghijkl"})
    recordings = read_corpus(folder)
    assert len(recordings) == 12
    assert {recording.split for recording in recordings} == {"train"}
    assert all(isinstance(recording, UnlabelledRecording) for recording in recordings)


@pytest.mark.parametrize("split", ["{val: 0.1, test: 0.1}", "{train: 'a*', test: 'b*'}"])
def test_labels_of_a_model_measure_nothing(make_corpus, split: str) -> None:
    folder = make_corpus(f"{CARD}split: {split}\n", {"a.wav": 1.0, "b.wav": 1.0})
    with pytest.raises(VadError, match=r"'split'.*expected training alone"):
        read_corpus(folder)


def test_there_is_nothing_to_convert(make_corpus, tmp_path) -> None:
    folder = make_corpus(CARD, {"a.wav": 1.0})
    with pytest.raises(VadError, match="reader 'unlabelled' has no labels in files to convert"):
        convert(folder, "rttm", tmp_path / "out")
