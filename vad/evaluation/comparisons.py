"""Each recording with the errors of both models, and those that gain or lose most by tuning.

The time in error within the annotated audio is compared: missed speech and false alarms.
Recordings are compared as recorded and in each condition.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vad.evaluation.scoring import MODELS, DetectedClip
from vad.intervals import covered_before, intersect, join, symmetric_difference, total

EXCERPT_S = 30


class Excerpt(NamedTuple):
    """A part of a recording, in samples."""

    start: int
    end: int


@dataclass(frozen=True)
class Comparison:
    """One recording, the segments of each model in it, and their errors.

    `blocks` are its clips in order. `speech`, `annotated`, and `segments` and `errors` of each
    model are int64 [intervals, 2] in samples of the whole recording.
    """

    blocks: Sequence[DetectedClip]
    speech: np.ndarray
    annotated: np.ndarray
    segments: Mapping[str, np.ndarray]
    errors: Mapping[str, np.ndarray]

    @property
    def corpus(self) -> str:
        return self.blocks[0].clip.corpus

    @property
    def name(self) -> str:
        return self.blocks[0].clip.name

    @property
    def condition(self) -> str:
        return self.blocks[0].clip.condition

    @property
    def role(self) -> str:
        return self.blocks[0].clip.role

    def samples(self, excerpt: Excerpt) -> np.ndarray:
        """The samples of an excerpt, int16 [samples]; only the blocks in it are read."""
        lengths = [len(block.clip.samples) for block in self.blocks]
        offsets = itertools.accumulate(lengths[:-1], initial=0)
        return np.concatenate(
            [
                block.clip.samples[max(excerpt.start - offset, 0) : max(excerpt.end - offset, 0)]
                for block, offset in zip(self.blocks, offsets, strict=True)
            ]
        )

    def probabilities(self, model: str) -> np.ndarray:
        """The speech probability that `model` gives to each window, float32 [windows]."""
        return np.concatenate([block.scored.probabilities[model] for block in self.blocks])

    @property
    def sample_count(self) -> int:
        return sum(len(block.clip.samples) for block in self.blocks)

    def error_samples(self, model: str) -> int:
        """Samples in error of a model."""
        return int(total(self.errors[model]))

    @property
    def gained_samples(self) -> int:
        """Samples in error that the fine-tuned model saves; negative where it adds some."""
        return self.error_samples("published") - self.error_samples("finetuned")

    def excerpt(self, longest_samples: int, step_samples: int) -> Excerpt:
        """The part of at most `longest_samples` that holds most of the gain or loss.

        It starts at a multiple of `step_samples`, or ends where the recording does.
        """
        if self.sample_count <= longest_samples:
            return Excerpt(0, self.sample_count)
        last = self.sample_count - longest_samples
        starts = np.append(np.arange(0, last, step_samples), last)
        gained = self._gained_before(starts + longest_samples) - self._gained_before(starts)
        start = int(starts[np.argmax(gained * np.sign(self.gained_samples))])
        return Excerpt(start, start + longest_samples)

    def _gained_before(self, points: np.ndarray) -> np.ndarray:
        published, finetuned = (covered_before(points, self.errors[model]) for model in MODELS)
        return published - finetuned


def comparisons(clips: Iterable[DetectedClip]) -> list[Comparison]:
    """Each recording in each condition, with the segments at the usual point."""
    by_recording: dict[tuple[str, str, str, str], list[DetectedClip]] = {}
    for detected in clips:
        clip = detected.clip
        key = (clip.role, clip.corpus, clip.name, clip.condition)
        by_recording.setdefault(key, []).append(detected)
    return [comparison(blocks) for blocks in by_recording.values()]


def comparison(blocks: Sequence[DetectedClip]) -> Comparison:
    """One recording, its blocks joined in order."""
    ordered = sorted(blocks, key=lambda block: block.clip.block)
    lengths = [len(block.clip.samples) for block in ordered]
    offsets = list(itertools.accumulate(lengths[:-1], initial=0))
    speech = join([block.clip.speech for block in ordered], offsets)
    annotated = join([block.clip.annotated for block in ordered], offsets)
    segments = {
        model: join([block.segments[model, ""] for block in ordered], offsets) for model in MODELS
    }
    errors = {
        model: intersect(symmetric_difference(speech, intervals), annotated)
        for model, intervals in segments.items()
    }
    return Comparison(ordered, speech, annotated, segments, errors)
