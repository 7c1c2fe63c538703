"""Corpora written into a temporary folder."""

from collections.abc import Callable
from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest
import soundfile

from vad.corpora import LabelledAudio, Recording
from vad.intervals import unite

MakeCorpus = Callable[..., Path]


@pytest.fixture
def whole() -> Callable[[Recording, int], LabelledAudio]:
    """A function that reads a recording's stretches and joins them to one."""

    def join(recording: Recording, sample_rate: int) -> LabelledAudio:
        blocks = list(recording.blocks(sample_rate))
        starts_s = np.cumsum([0, *(len(block.samples) for block in blocks)]) / sample_rate
        return LabelledAudio(
            np.concatenate([block.samples for block in blocks]),
            *(
                unite(tuple(p) for b, s in zip(blocks, starts_s, strict=False) for p in of(b) + s)
                for of in (attrgetter("speech"), attrgetter("annotated"))
            ),
        )

    return join


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
                tone = 0.1 * np.cos(np.arange(round(content * 16000)))
                soundfile.write(path, tone, 16000)
        folder.mkdir(parents=True, exist_ok=True)
        head = f"name: {name}\nlicence: CC0\ncitation: made here\n"
        (folder / "corpus.yaml").write_text(head + card, encoding="utf-8")
        return folder

    return make
