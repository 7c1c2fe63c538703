"""Recordings as readers list them; their audio is read only when asked for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from vad.corpora.audio import peak_of, read_blocks
from vad.corpora.card import Role, Split
from vad.errors import VadError
from vad.intervals import clip, to_samples

# The longest stretch of a recording that is in memory at once: a whole number of the network's
# 32 ms windows at either rate, so that none is split between two stretches.
BLOCK_S = 300
# Prepared audio has 16 bits: fewer than 4 of them hold no speech.
LEAST_PEAK = 8 / 32768


@dataclass(frozen=True)
class LabelledAudio:
    """Audio and what is known of it.

    `samples` is mono float32 [samples]; `speech` and `annotated` are float64 [intervals, 2] in
    seconds, sorted, disjoint. Only annotated audio is trained on and scored.
    """

    samples: np.ndarray
    speech: np.ndarray
    annotated: np.ndarray


# Makes of speech intervals [intervals, 2] (s) those that count.
LabelRule = Callable[[np.ndarray], np.ndarray]


def as_labelled(intervals: np.ndarray) -> np.ndarray:
    """The rule that changes nothing."""
    return intervals


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One recording of a corpus; it holds no audio and may be sent to another process."""

    corpus: str
    name: str
    role: Role
    split: Split
    licence: str
    speaker: str | None
    label_resolution_ms: float | None
    duration_s: float

    @property
    def source(self) -> str:
        """What a fault of this recording is reported under: its file where it has one."""
        return f"{self.corpus}/{self.name}"

    def blocks(self, sample_rate: int, rule: LabelRule = as_labelled) -> Iterator[LabelledAudio]:
        """Consecutive stretches at `sample_rate` (Hz) with their labels, the same at every call.

        All but the last are BLOCK_S long, a whole number of 32 ms windows. Intervals are in
        seconds from the start of their stretch and cut at its edges; `rule` makes the speech
        intervals what they are to be before they are cut. VadError when the audio is unusable,
        which can show at the end alone.
        """
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class FileRecording(Recording):
    """A recording in one audio file; intervals as in `LabelledAudio`."""

    path: Path
    channel: int | None
    native_rate: int
    speech: np.ndarray = field(compare=False)
    annotated: np.ndarray = field(compare=False)

    @property
    def source(self) -> str:
        """The path of the audio file, bytes outside UTF-8 as escapes."""
        return str(self.path).encode("utf-8", "backslashreplace").decode()

    def blocks(self, sample_rate: int, rule: LabelRule = as_labelled) -> Iterator[LabelledAudio]:
        """The file's audio; VadError when it cannot be read or is silent where speech should be."""
        speech_s = rule(self.speech)
        # Of a recording without speech, all of it.
        sounding_s = speech_s if len(speech_s) else whole(self.duration_s)
        start_s = peak = 0.0
        for samples in read_blocks(self.path, sample_rate, BLOCK_S * sample_rate, self.channel):
            end_s = start_s + len(samples) / sample_rate
            peak = max(peak, peak_inside(samples, stretch(sounding_s, start_s, end_s), sample_rate))
            yield LabelledAudio(
                samples, stretch(speech_s, start_s, end_s), stretch(self.annotated, start_s, end_s)
            )
            start_s = end_s
        if not peak and len(speech_s):
            raise VadError(f"{self.path}: digital silence wherever speech is labelled")
        if 0 < peak < LEAST_PEAK:
            raise VadError(
                f"{self.path}: peaks at {peak:.1e} of full scale, silence in 16 bits: raise the "
                f"level, ffmpeg -i {self.path.name} -af volume={-20 * np.log10(peak):.0f}dB"
            )


def stretch(intervals: np.ndarray, start_s: float, end_s: float) -> np.ndarray:
    """What `intervals` [intervals, 2] cover between `start_s` and `end_s`, from `start_s` on."""
    return clip(intervals, start_s, end_s) - start_s


def peak_inside(samples: np.ndarray, intervals: np.ndarray, sample_rate: int) -> float:
    """The largest magnitude of `samples` [samples] inside `intervals` [intervals, 2] (s), or 0."""
    edges = to_samples(intervals, sample_rate)
    return max((peak_of(samples[start:end]) for start, end in edges), default=0.0)


def in_blocks(
    audio: LabelledAudio, sample_rate: int, rule: LabelRule = as_labelled
) -> Iterator[LabelledAudio]:
    """`audio`, which was made in memory, cut into stretches as `Recording.blocks` gives them."""
    speech_s, block_samples = rule(audio.speech), BLOCK_S * sample_rate
    for first in range(0, len(audio.samples), block_samples):
        samples = audio.samples[first : first + block_samples]
        edges_s = first / sample_rate, (first + len(samples)) / sample_rate
        yield LabelledAudio(
            samples, stretch(speech_s, *edges_s), stretch(audio.annotated, *edges_s)
        )


def whole(duration_s: float) -> np.ndarray:
    """The one interval that covers a recording."""
    return np.array([[0.0, duration_s]])
