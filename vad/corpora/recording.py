"""What a reader gives: recordings whose audio is read only when asked for."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vad.audio import read_audio
from vad.corpora.card import Role, Split
from vad.errors import VadError
from vad.labels import unite

# Label tools round, and lossy codecs pad: a label may end this much outside its file.
EDGE_TOLERANCE_S = 0.05


@dataclass(frozen=True)
class LabelledAudio:
    """Audio and what is known of it.

    `samples` is mono float32 [samples]; `speech` and `annotated` are float64 [intervals, 2] in
    seconds, sorted, disjoint. What is not annotated is neither trained on nor scored.
    """

    samples: np.ndarray
    speech: np.ndarray
    annotated: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One recording of a corpus; it holds no audio and may be sent to another process."""

    corpus: str
    name: str
    role: Role
    split: Split
    licence: str
    speaker: str | None
    duration_s: float

    def load(self, sample_rate: int) -> LabelledAudio:
        """The audio at `sample_rate` (Hz) with its labels, the same at every call."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class FileRecording(Recording):
    """A recording in one audio file; intervals as in `LabelledAudio`."""

    path: Path
    channel: int | None
    speech: np.ndarray = field(compare=False)
    annotated: np.ndarray = field(compare=False)

    def load(self, sample_rate: int) -> LabelledAudio:
        """The file's audio; VadError when it cannot be read."""
        samples = read_audio(self.path, sample_rate, self.channel)
        end_s = len(samples) / sample_rate
        return LabelledAudio(
            samples, np.minimum(self.speech, end_s), np.minimum(self.annotated, end_s)
        )


class Span(NamedTuple):
    """A labelled stretch of a recording, and the place (file and line) that says so."""

    start_s: float
    end_s: float
    place: str


def intervals_within(spans: Iterable[Span], audio: Path, duration_s: float) -> np.ndarray:
    """The union of `spans`, float64 [intervals, 2], cut to the length of `audio`.

    Raises:
        VadError: a span that is no number, ends before it starts, or lies outside the audio by
            more than EDGE_TOLERANCE_S; the message names its place.
    """
    pairs = []
    for start_s, end_s, place in spans:
        if not (math.isfinite(start_s) and math.isfinite(end_s)):
            raise VadError(f"{place}: from {start_s} to {end_s} s, expected finite numbers")
        if end_s < start_s:
            raise VadError(f"{place}: ends at {end_s:g} s before it starts at {start_s:g} s")
        if start_s < -EDGE_TOLERANCE_S or end_s > duration_s + EDGE_TOLERANCE_S:
            raise VadError(
                f"{place}: from {start_s:g} to {end_s:g} s, "
                f"expected within {audio}, 0 to {duration_s:g} s"
            )
        pairs.append((max(start_s, 0.0), min(end_s, duration_s)))
    return unite(pairs)


def whole(duration_s: float) -> np.ndarray:
    """The one interval that covers a recording."""
    return np.array([[0.0, duration_s]])
