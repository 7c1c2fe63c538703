"""Each format of labels against the reader that takes it back."""

import numpy as np
import pytest
import soundfile
from ruamel.yaml import YAML

from vad.corpora import read_corpus
from vad.errors import VadError
from vad.intervals import difference
from vad.label_files.formats import FORMATS, RecordingLabels

SPEECH = np.array([[0.5, 1.25], [2.001, 2.75]])
UNCERTAIN = np.array([[1.25, 1.5], [3.1, 3.4]])
NONE = np.zeros((0, 2))
LENGTH_S = 4.0


@pytest.fixture
def written(tmp_path):
    """A function that writes labels of recordings in a format, with a card, and reads them."""

    def write(label_format, **labels_of):
        chosen = FORMATS[label_format]
        for name, (speech, uncertain) in labels_of.items():
            soundfile.write(tmp_path / f"{name}.wav", np.zeros(int(LENGTH_S * 8000)), 8000)
            labels = RecordingLabels(f"{name}.wav", name, LENGTH_S, speech, uncertain)
            texts = chosen.texts(labels)
            assert tuple(texts) == chosen.suffixes
            for suffix, text in texts.items():
                (tmp_path / f"{name}{suffix}").write_text(text, encoding="utf-8")
        card = {"name": tmp_path.name.replace("_", "-"), "licence": "x", "citation": "x"}
        card |= {"reader": chosen.reader, "split": {"train": "*"}, **chosen.keys}
        card |= {"audio": "*.wav"} if chosen.names_audio else {}
        folder = tmp_path.rename(tmp_path.with_name(card["name"]))
        with (folder / "corpus.yaml").open("w", encoding="utf-8") as file:
            YAML(typ="safe", pure=True).dump(card, file)
        return {recording.name: recording for recording in read_corpus(folder)}

    return write


@pytest.mark.parametrize("label_format", FORMATS)
def test_the_reader_takes_back_what_was_written(written, label_format):
    """To the millisecond, which is as fine as subtitles are."""
    recordings = written(label_format, a=(SPEECH, UNCERTAIN), b=(SPEECH[:1], NONE), c=(NONE, NONE))
    assert sorted(recordings) == ["a", "b", "c"]
    whole = np.array([[0, LENGTH_S]])
    np.testing.assert_allclose(recordings["a"].speech, SPEECH, atol=1e-3)
    np.testing.assert_allclose(recordings["a"].annotated, difference(whole, UNCERTAIN), atol=1e-3)
    np.testing.assert_allclose(recordings["b"].annotated, whole, atol=1e-3)
    assert len(recordings["c"].speech) == 0


@pytest.mark.parametrize("label_format", ["audacity", "textgrid", "csv", "srt"])
def test_without_the_key_uncertain_stretches_are_a_fault(written, label_format, monkeypatch):
    chosen = FORMATS[label_format]
    keys = {key: value for key, value in chosen.keys.items() if key != "ignored"}
    monkeypatch.setitem(FORMATS, label_format, chosen._replace(keys=keys))
    with pytest.raises(VadError, match=r"uncertain.*may mean no speech"):
        written(label_format, a=(SPEECH, UNCERTAIN))


def test_a_channel_is_counted_from_one_in_rttm_and_tables():
    labels = RecordingLabels("a.wav", "a", LENGTH_S, SPEECH, channel=1)
    assert FORMATS["rttm"].texts(labels)[".rttm"].startswith("SPEAKER a 2 0.5")
    assert FORMATS["rttm"].texts(labels)[".uem"] == "a 2 0.000000 4.000000\n"
    assert FORMATS["csv"].texts(labels)[".csv"].splitlines()[1].endswith(",speech,2")


def test_a_name_with_spaces_is_none_for_rttm():
    with pytest.raises(VadError, match=r"a b\.wav: a name with spaces"):
        FORMATS["rttm"].texts(RecordingLabels("a b.wav", "a b", LENGTH_S, SPEECH))
