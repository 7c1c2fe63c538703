"""Corpora written into a temporary folder."""

import re
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from vad.corpora import LabelledAudio, Recording, read_corpus
from vad.faults import Faults
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
def check() -> Callable[[Path, Any], None]:
    """A function that reads a corpus of one recording of 4 s and compares it with what is expected.

    That is the speech, or speech and annotated parts, as lists of [start, end] in seconds; or a
    pattern that the one fault matches.
    """

    def compare(folder: Path, expected: Any) -> None:
        faults = Faults()
        recordings = read_corpus(folder, faults)
        reasons = [fault.reason for fault in faults.entries]
        if isinstance(expected, str):
            assert len(reasons) == 1, reasons
            assert re.search(expected, reasons[0]), reasons
            assert not recordings
            return
        assert not reasons
        (recording,) = recordings
        intervals = recording.speech, recording.annotated
        expected = expected if isinstance(expected, tuple) else (expected, [[0, 4]])
        assert tuple(array.round(6).tolist() for array in intervals) == expected

    return compare


@pytest.fixture
def make_corpus(tmp_path: Path) -> MakeCorpus:
    """A function that writes a corpus and returns its folder.

    `card` is the card's text without name, licence and citation; `files` maps names to text, or
    to a length in seconds for audio files of that length, or to the length and channels.
    """

    def make(
        card: str, files: dict[str, str | float | tuple[float, int]], name: str = "calls"
    ) -> Path:
        folder = tmp_path / "raw" / name
        for file, content in files.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, str):
                path.write_text(content, encoding="utf-8")
            else:
                seconds, channel_count = content if isinstance(content, tuple) else (content, 1)
                tone = 0.1 * np.cos(np.arange(round(seconds * 16000)))
                soundfile.write(path, np.stack([tone] * channel_count, axis=1), 16000)
        folder.mkdir(parents=True, exist_ok=True)
        head = f"name: {name}\nlicence: CC0\ncitation: made here\n"
        (folder / "corpus.yaml").write_text(head + card, encoding="utf-8")
        return folder

    return make
