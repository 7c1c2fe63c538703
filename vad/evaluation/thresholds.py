"""Grids of operating points, and their errors on a set of clips."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np

from vad.evaluation.detection import Reference, detection_cost
from vad.evaluation.metrics import bin_edges, window_counts
from vad.evaluation.scoring import ScoredClip
from vad.evaluation.segments import (
    OperatingPoint,
    VadOptions,
    segments_of_runs,
    threshold_runs,
)
from vad.params import Evaluate
from vad.silero.geometry import Geometry

THRESHOLDS = np.arange(5, 100, 5) / 100
MIN_SPEECH_MS = (0, 100, 250, 500)
MIN_SILENCE_MS = (0, 100, 250, 500)


T = TypeVar("T")


@dataclass(frozen=True)
class Trials:
    """Errors of choices: float64 [choices], in windows or in samples.

    `speech` and `nonspeech` are the totals of the reference.
    """

    miss: np.ndarray
    false_alarm: np.ndarray
    speech: float | np.ndarray
    nonspeech: float | np.ndarray

    def plus(self, other: "Trials", sign: int = 1) -> "Trials":
        """The errors of both on the same choices; with `sign` -1 those without `other`'s."""
        return Trials(
            self.miss + sign * other.miss,
            self.false_alarm + sign * other.false_alarm,
            self.speech + sign * other.speech,
            self.nonspeech + sign * other.nonspeech,
        )


def usual_point(params: Evaluate) -> OperatingPoint:
    """The operating point that products keep when they take a drop-in."""
    names = [field.name for field in fields(VadOptions)]
    return OperatingPoint(
        params.threshold, VadOptions(**{name: getattr(params, name) for name in names})
    )


def best(choices: Iterable[T], trials: Trials, params: Evaluate) -> list[T]:
    """The choices of least loss; `trials` has the errors of each."""
    loss = criterion_loss(trials, params)
    return list(itertools.compress(choices, loss <= loss.min() + 1e-9))


def nearest(choices: Sequence[VadOptions], usual: VadOptions) -> VadOptions:
    """The options that are nearest to the usual ones."""
    return min(choices, key=lambda options: distance(options, usual))


def try_thresholds(clips: Iterable[ScoredClip], model: str) -> Trials:
    """The errors of single windows at each of THRESHOLDS."""
    edges = bin_edges(THRESHOLDS)
    speech, nonspeech = np.zeros((2, len(edges)))
    for scored in clips:
        counts = window_counts(*scored.annotated_windows(model), edges)
        speech, nonspeech = speech + counts["speech"], nonspeech + counts["nonspeech"]
    edge = np.searchsorted(edges, THRESHOLDS)
    miss = np.append(0, np.cumsum(speech))[edge]
    false_alarm = nonspeech.sum() - np.append(0, np.cumsum(nonspeech))[edge]
    return Trials(miss, false_alarm, speech.sum(), nonspeech.sum())


def option_grid(speech_pad_ms: float) -> list[VadOptions]:
    """The options that are tried: all pairs of thresholds under each pair of durations."""
    return [
        replace(options, threshold=float(enter), neg_threshold=float(leave))
        for options in duration_grid(speech_pad_ms)
        for enter, leave in threshold_pairs()
    ]


def duration_grid(speech_pad_ms: float) -> list[VadOptions]:
    """Options with each pair of durations; their thresholds mean nothing."""
    return [
        VadOptions(1, 0, speech, silence, speech_pad_ms)
        for speech, silence in itertools.product(MIN_SPEECH_MS, MIN_SILENCE_MS)
    ]


def threshold_pairs() -> np.ndarray:
    """Thresholds to enter and to leave speech, float64 [pairs, 2]; none leaves above."""
    grid = itertools.product(THRESHOLDS, THRESHOLDS)
    return np.array([(enter, leave) for enter, leave in grid if leave <= enter])


def try_options(
    clips: Iterable[ScoredClip], model: str, geometry: Geometry, speech_pad_ms: float
) -> Trials:
    """The errors of segments with each of `option_grid`."""
    pairs, durations = threshold_pairs(), duration_grid(speech_pad_ms)
    hit, false_alarm = np.zeros((2, len(durations), len(pairs)))
    totals = np.zeros(2)
    for scored in clips:
        reference = Reference.of(scored.clip.speech, scored.clip.annotated, 0)
        totals += reference.totals
        runs = threshold_runs(scored.probabilities[model], pairs)
        for number, options in enumerate(durations):
            row, segments = segments_of_runs(runs, len(scored.clip.samples), geometry, options)
            speech, nonspeech = reference.covered(segments)
            hit[number] += np.bincount(row, speech, minlength=len(pairs))
            false_alarm[number] += np.bincount(row, nonspeech, minlength=len(pairs))
    return Trials(totals[0] - hit.ravel(), false_alarm.ravel(), *totals)


def criterion_loss(trials: Trials, params: Evaluate) -> np.ndarray:
    """The loss of each choice, float64 [choices].

    For f1 and detection_cost it is in the name. With a largest false-alarm rate it is the miss
    rate where the rate is within it; where nothing is, the false-alarm rate.
    """
    # A class that is absent has no errors: its rates are 0.
    speech, nonspeech = np.maximum(trials.speech, 1e-9), np.maximum(trials.nonspeech, 1e-9)
    if params.criterion == "f1":
        hit = speech - trials.miss
        return 1 - 2 * hit / (2 * hit + trials.miss + trials.false_alarm)
    if params.criterion == "detection_cost":
        weight = params.criterion_miss_weight
        return detection_cost(trials.miss, speech, trials.false_alarm, nonspeech, weight)
    false_alarm_rate = trials.false_alarm / nonspeech
    is_within = false_alarm_rate <= params.criterion_false_alarm_rate
    return np.where(is_within, trials.miss / speech, 1 + false_alarm_rate)


def distance(one: VadOptions, other: VadOptions) -> tuple[float, ...]:
    """How far two options are apart, the thresholds first."""
    return (
        abs(one.threshold - other.threshold) + abs(one.neg_threshold - other.neg_threshold),
        abs(one.min_speech_duration_ms - other.min_speech_duration_ms)
        + abs(one.min_silence_duration_ms - other.min_silence_duration_ms),
    )
