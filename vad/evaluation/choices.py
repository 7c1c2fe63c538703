"""The operating point that suits a model best, chosen on the validation split, never on test."""

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vad.artifacts import write_text
from vad.evaluation.bootstrap import draw_weights, interval
from vad.evaluation.detection import time_counts
from vad.evaluation.parts import Part, over_parts
from vad.evaluation.scoring import MODELS, OperatingPoints, Recording, ScoredClip
from vad.evaluation.segments import OperatingPoint, VadOptions, speech_segments
from vad.evaluation.thresholds import (
    THRESHOLDS,
    Trials,
    best,
    criterion_loss,
    nearest,
    option_grid,
    try_options,
    try_thresholds,
    usual_point,
)
from vad.params import Evaluate
from vad.randomness import generator
from vad.silero.geometry import Geometry

# Folds of the validation recordings; options chosen on all folds but one are tried on that one.
FOLDS = 5


@dataclass(frozen=True)
class Choice:
    """The best operating point on validation, and whether its gain over the usual is clear."""

    best: OperatingPoint
    usual: OperatingPoint
    is_clear: bool

    @property
    def recommended(self) -> VadOptions:
        """The options to use: the usual ones unless others are clearly better."""
        return (self.best if self.is_clear else self.usual).options

    @property
    def points(self) -> OperatingPoints:
        return {"": self.usual, "_chosen": self.best}


class Tried(NamedTuple):
    """Trials of one model: thresholds of windows, and options for segments in each fold."""

    windows: Trials
    folds: list[Trials]

    def plus(self, other: "Tried") -> "Tried":
        folds = [one.plus(more) for one, more in zip(self.folds, other.folds, strict=True)]
        return Tried(self.windows.plus(other.windows), folds)


class Selected(NamedTuple):
    """The best operating point of one model; `rest` is the best on all folds but each one."""

    best: OperatingPoint
    rest: list[VadOptions]


def choose_points(
    parts: Sequence[Part], geometry: Geometry, params: Evaluate, seed: int
) -> dict[str, Choice]:
    """The choice for each model on the scored `parts` of the validation split.

    The threshold and the options are the best by the criterion of `params`, of equally good ones
    those nearest to the usual point. Their gain is clear where the 95 % interval of the criterion,
    of options chosen on other recordings, leaves zero out.
    """
    usual, folds = usual_point(params), in_folds(parts)
    title, padding_ms = "evaluate: choose thresholds", usual.options.speech_pad_ms
    tried = over_parts(try_part, parts, title, folds, geometry, padding_ms)
    selected = {
        model: select(reduce(Tried.plus, (part[model] for part in tried)), usual, params)
        for model in MODELS
    }
    more = (folds, geometry, selected, usual.options)
    by_part = over_parts(errors_of_part, parts, title, *more)
    choices = {}
    for model, selection in selected.items():
        errors = dict(ChainMap(*(part[model] for part in by_part)))
        both = np.array([errors[recording] for recording in sorted(errors)])
        is_clear = is_clearly_less(both[:, 0], both[:, 1], params, seed)
        choices[model] = Choice(selection.best, usual, is_clear)
    return choices


def in_folds(parts: Sequence[Part]) -> dict[Recording, int]:
    """The fold of each recording; speech and noise are spread evenly."""
    recordings = {recording for part in parts for recording in part.recordings}
    return {recording: index % FOLDS for index, recording in enumerate(sorted(recordings))}


def try_part(
    part: Part, folds: Mapping[Recording, int], geometry: Geometry, speech_pad_ms: float
) -> dict[str, Tried]:
    """The trials of each model on a part."""
    clips = list(part.clips())
    by_fold = [[one for one in clips if folds[one.recording] == fold] for fold in range(FOLDS)]
    return {
        model: Tried(
            try_thresholds(clips, model),
            [try_options(fold, model, geometry, speech_pad_ms) for fold in by_fold],
        )
        for model in MODELS
    }


def select(tried: Tried, usual: OperatingPoint, params: Evaluate) -> Selected:
    """The best operating point by the trials of all recordings."""
    thresholds = best(THRESHOLDS.tolist(), tried.windows, params)
    threshold = min(thresholds, key=lambda value: abs(value - usual.window_threshold))
    together, grid = reduce(Trials.plus, tried.folds), option_grid(usual.options.speech_pad_ms)
    options, *rest = (
        nearest(best(grid, trials, params), usual.options)
        for trials in (together, *(together.plus(own, -1) for own in tried.folds))
    )
    return Selected(OperatingPoint(threshold, options), rest)


def errors_of_part(
    part: Part,
    folds: Mapping[Recording, int],
    geometry: Geometry,
    selected: Mapping[str, Selected],
    usual: VadOptions,
) -> dict[str, dict[Recording, np.ndarray]]:
    """Errors of each model in each recording of a part, [2, 4].

    First with the options chosen on the other folds, then with the usual ones: seconds of speech,
    non-speech, misses and false alarms.
    """
    errors: dict[str, dict[Recording, np.ndarray]] = {model: {} for model in selected}
    for scored in part.clips():
        for model, selection in selected.items():
            of_fold = selection.rest[folds[scored.recording]]
            both = [errors_of_clip(scored, model, geometry, one) for one in (of_fold, usual)]
            before = errors[model].get(scored.recording, np.zeros((2, 4)))
            errors[model][scored.recording] = before + both
    return errors


def errors_of_clip(
    scored: ScoredClip, model: str, geometry: Geometry, options: VadOptions
) -> np.ndarray:
    """Speech, non-speech, misses and false alarms (s), [4]."""
    clip = scored.clip
    segments = speech_segments(scored.probabilities[model], len(clip.samples), geometry, options)
    return time_counts(clip.speech, clip.annotated, segments, geometry.sample_rate)["time"]


def is_clearly_less(errors: np.ndarray, usual: np.ndarray, params: Evaluate, seed: int) -> bool:
    """Whether the loss of `errors` is below that of `usual`, [recordings, 4] each, beyond chance.

    By a bootstrap over recordings of 95 %; never where there are too few to draw from.
    """
    strata = np.unique(usual[:, 0] > 0, return_inverse=True)[1]
    draws = generator(seed, "thresholds")
    weights = draw_weights(strata, params.bootstrap_draws, draws)[1:]
    losses = []
    for counts in (errors, usual):
        speech, nonspeech, miss, false_alarm = (weights @ counts).T
        losses.append(criterion_loss(Trials(miss, false_alarm, speech, nonspeech), params))
    return interval(losses[0] - losses[1])[1] < 0


def write_thresholds(path: Path, choices: Mapping[str, Choice], criterion: str) -> None:
    """Write the recommended options of each model as YAML.

    The keys are the arguments of silero_vad.get_speech_timestamps.
    """
    lines = ["# Arguments of silero_vad.get_speech_timestamps for each model.", "thresholds:"]
    for model, choice in choices.items():
        reason = (
            f"Chosen on the validation split by {criterion}."
            if choice.is_clear
            else "The usual ones: no others were clearly better on the validation split."
        )
        options = [f"    {key}: {value:g}" for key, value in asdict(choice.recommended).items()]
        lines += [f"  # {reason}", f"  {model}:", *options]
    write_text(path, "\n".join([*lines, ""]))
