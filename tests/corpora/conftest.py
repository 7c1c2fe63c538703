"""Corpora written into a temporary folder."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

MakeCorpus = Callable[..., Path]


@pytest.fixture
def make_corpus(tmp_path: Path) -> MakeCorpus:
    """A function that writes a corpus and returns its folder.

    `card` is the card's text but for name, licence and citation; `files` maps names to text, or
    to a length in seconds for audio files of that length.
    """

    def make(card: str, files: dict[str, str | float], name: str = "calls") -> Path:
        folder = tmp_path / "raw" / name
        for file, content in files.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, str):
                path.write_text(content, encoding="utf-8")
            else:
                soundfile.write(path, np.zeros(round(content * 16000)), 16000)
        folder.mkdir(parents=True, exist_ok=True)
        head = f"name: {name}\nlicence: CC0\ncitation: made here\n"
        (folder / "corpus.yaml").write_text(head + card, encoding="utf-8")
        return folder

    return make
