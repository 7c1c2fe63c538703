"""What the teacher makes of audio files: scores, and the intervals of what it is sure of."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vad.corpora.audio import read_blocks, read_layout
from vad.errors import VadError
from vad.intervals import drop_short, from_mask
from vad.silero.geometry import GEOMETRIES, Geometry, branch_rate
from vad.teacher.passes import BLOCK_WINDOWS, passes, teacher_network
from vad.teacher.scores import Rule, scores, window_logits
from vad.workers import run_parallel


@dataclass(frozen=True)
class Opinion:
    """What the passes gave for one recording, float32 [windows] each.

    `logits` are their smoothed mean, `scores` what labels are decided by, and `spread` is how far
    the passes disagree.
    """

    logits: np.ndarray
    scores: np.ndarray
    spread: np.ndarray
    duration_s: float
    sample_rate: int

    @property
    def geometry(self) -> Geometry:
        return GEOMETRIES[self.sample_rate]

    def values(self, rule: Rule) -> np.ndarray:
        """What `rule` is about, float32 [windows]."""
        return self.scores if rule.of == "scores" else self.logits

    def speech_s(self, rule: Rule) -> np.ndarray:
        """Speech by `rule`, float64 [intervals, 2] (s)."""
        return self._seconds(from_mask(self.values(rule) >= rule.threshold))

    def uncertain_s(self, rule: Rule, least_s: float = 0.0) -> np.ndarray:
        """Stretches of `least_s` or more that are not sure, float64 [intervals, 2] (s)."""
        is_sure = rule.is_sure(self.values(rule))
        return drop_short(self._seconds(from_mask(~is_sure)), least_s)

    def _seconds(self, windows: np.ndarray) -> np.ndarray:
        return np.minimum(windows / self.geometry.windows_per_s, self.duration_s)


def opinion(path: Path, channel: int | None = None) -> Opinion:
    """The opinion on one file; VadError where it cannot be read."""
    rate = branch_rate(read_layout(path).sample_rate)
    network = teacher_network(rate)
    block_samples = BLOCK_WINDOWS * network.geometry.window_samples
    result = passes(network, read_blocks(path, rate, block_samples, channel))
    logits = window_logits(result, network.geometry)
    return Opinion(
        logits,
        scores(logits),
        result.spread.astype(np.float32),
        result.sample_count / rate,
        rate,
    )


def opinions(files: Sequence[tuple[Path, int | None]], title: str) -> list[Opinion | VadError]:
    """The opinion on each file and channel, several at a time; its fault where it has one."""
    return run_parallel(_opinion_or_fault, files, title)


def _opinion_or_fault(path: Path, channel: int | None) -> Opinion | VadError:
    try:
        return opinion(path, channel)
    except VadError as error:
        return error
