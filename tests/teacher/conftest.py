"""Corpora of spoken sentences, with and without labels."""

import pytest
import soundfile

from tests.spoken import sentences

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
