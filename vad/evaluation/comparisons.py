"""Recordings on which the fine-tuned model gains or loses most against the published one.

Measured is the time in error: speech that is missed and what is no speech taken for it, within
what is annotated. Only recordings as they came are looked at: what was mixed into them later is
not what a user sent.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vad.evaluation.scoring import MODELS, ScoredClip
from vad.evaluation.segments import SegmentRule, speech_segments
from vad.intervals import covered_before, intersect, join, symmetric_difference, total
from vad.prepared import CLEAN
from vad.silero.geometry import Geometry

EXCERPT_S = 30
RECORDING_COUNT = 3


class Excerpt(NamedTuple):
    """A part of a recording, in samples."""

    start: int
    end: int


@dataclass(frozen=True)
class Contrast:
    """A recording, what each model takes for speech in it, and where each is wrong.

    `blocks` are its clips, put together here. `speech`, `annotated`, and `segments` and `wrong` of
    each model are int64 [intervals, 2] in samples of the whole recording.
    """

    blocks: Sequence[ScoredClip]
    speech: np.ndarray
    annotated: np.ndarray
    segments: Mapping[str, np.ndarray]
    wrong: Mapping[str, np.ndarray]

    @property
    def corpus(self) -> str:
        return self.blocks[0].clip.corpus

    @property
    def name(self) -> str:
        return self.blocks[0].clip.name

    @property
    def samples(self) -> np.ndarray:
        """The whole recording, int16 [samples]."""
        return np.concatenate([block.clip.samples for block in self.blocks])

    def probabilities(self, model: str) -> np.ndarray:
        """What `model` says of each window, float32 [windows]."""
        return np.concatenate([block.probabilities[model] for block in self.blocks])

    @property
    def sample_count(self) -> int:
        return sum(len(block.clip.samples) for block in self.blocks)

    @property
    def gained_samples(self) -> int:
        """Samples in error that the fine-tuned model has fewer; negative where it has more."""
        return int(total(self.wrong["published"]) - total(self.wrong["finetuned"]))

    def excerpt(self, longest_samples: int, step_samples: int) -> Excerpt:
        """The stretch of at most `longest_samples` that says most of why the models differ.

        It starts at a multiple of `step_samples`, or ends where the recording does.
        """
        if self.sample_count <= longest_samples:
            return Excerpt(0, self.sample_count)
        last = self.sample_count - longest_samples
        starts = np.append(np.arange(0, last, step_samples), last)
        gained = self._gained_before(starts + longest_samples) - self._gained_before(starts)
        start = int(starts[np.argmax(gained * np.sign(self.gained_samples))])
        return Excerpt(start, start + longest_samples)

    def _gained_before(self, places: np.ndarray) -> np.ndarray:
        published, finetuned = (covered_before(places, self.wrong[model]) for model in MODELS)
        return published - finetuned


def contrasts(
    clips: Sequence[ScoredClip], geometry: Geometry, rules: Mapping[str, SegmentRule]
) -> list[Contrast]:
    """Each recording as it came, with the segments of each model by its rule of `rules`."""
    by_recording: dict[tuple[str, str, str], list[ScoredClip]] = {}
    for scored in clips:
        clip = scored.clip
        if clip.condition == CLEAN:
            by_recording.setdefault((clip.role, clip.corpus, clip.name), []).append(scored)
    return [contrast(blocks, geometry, rules) for blocks in by_recording.values()]


def contrast(
    blocks: Sequence[ScoredClip], geometry: Geometry, rules: Mapping[str, SegmentRule]
) -> Contrast:
    """One recording; each block is cut into segments by itself, as it is when it is scored."""
    ordered = sorted(blocks, key=lambda block: block.clip.block)
    lengths = [len(block.clip.samples) for block in ordered]
    starts = list(itertools.accumulate(lengths[:-1], initial=0))
    speech = join([block.clip.speech for block in ordered], starts)
    annotated = join([block.clip.annotated for block in ordered], starts)
    segments = {}
    for model, rule in rules.items():
        found = [
            speech_segments(block.probabilities[model], length, geometry, rule)
            for block, length in zip(ordered, lengths, strict=True)
        ]
        segments[model] = join(found, starts)
    wrong = {
        model: intersect(symmetric_difference(speech, found), annotated)
        for model, found in segments.items()
    }
    return Contrast(ordered, speech, annotated, segments, wrong)


def most_gained(found: Sequence[Contrast], count: int = RECORDING_COUNT) -> list[Contrast]:
    """At most `count` recordings with the most gained time, the largest first; all gain."""
    ranked = sorted(found, key=lambda one: -one.gained_samples)
    return [one for one in ranked[:count] if one.gained_samples > 0]


def most_lost(found: Sequence[Contrast], count: int = RECORDING_COUNT) -> list[Contrast]:
    """At most `count` recordings with the most lost time, the largest first; all lose."""
    ranked = sorted(found, key=lambda one: one.gained_samples)
    return [one for one in ranked[:count] if one.gained_samples < 0]
