"""The operating point that suits a model best, chosen on the validation split, never on test."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from vad.artifacts import write_text
from vad.evaluation.bootstrap import draw_weights, interval
from vad.evaluation.detection import time_counts
from vad.evaluation.scoring import MODELS, OperatingPoints, ScoredClip
from vad.evaluation.segments import OperatingPoint, VadOptions, speech_segments
from vad.evaluation.thresholds import (
    Trials,
    best,
    criterion_loss,
    nearest,
    try_options,
    try_thresholds,
    usual_point,
)
from vad.params import Evaluate
from vad.randomness import generator
from vad.silero.geometry import Geometry

# Parts of the validation recordings; options chosen on all parts but one are tried on that one.
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


def choose_points(
    clips: Sequence[ScoredClip], geometry: Geometry, params: Evaluate, seed: int
) -> dict[str, Choice]:
    """The choice for each model on the clips of the validation split."""
    return {model: choose(clips, model, geometry, params, seed) for model in MODELS}


def choose(
    clips: Sequence[ScoredClip], model: str, geometry: Geometry, params: Evaluate, seed: int
) -> Choice:
    """The threshold and the options that are best for `model` by the criterion of `params`.

    Of equally good ones, those nearest to the usual point. The gain is clear where the 95 %
    interval of the criterion, of options chosen on other recordings, leaves zero out.
    """
    usual = usual_point(params)
    windows = best(try_thresholds(clips, model), params)
    threshold = min(windows, key=lambda value: abs(value - usual.window_threshold))
    folds = [fold for fold in in_folds(clips) if fold]
    trials = [try_options(fold, model, geometry, usual.options.speech_pad_ms) for fold in folds]
    together = trials[0]
    for fold_trials in trials[1:]:
        together = together.plus(fold_trials)
    options = nearest(best(together, params), usual.options)
    rest = [nearest(best(together.plus(own, -1), params), usual.options) for own in trials]
    errors = recording_errors(zip(folds, rest, strict=True), model, geometry)
    usual_errors = recording_errors(((fold, usual.options) for fold in folds), model, geometry)
    is_clear = is_clearly_less(errors, usual_errors, params, seed)
    return Choice(OperatingPoint(threshold, options), usual, is_clear)


def in_folds(clips: Sequence[ScoredClip]) -> list[list[ScoredClip]]:
    """The clips in FOLDS parts, all of a recording in one part; speech and noise spread evenly."""
    names = dict.fromkeys((s.clip.role, s.clip.corpus, s.clip.name) for s in clips)
    number = {name: index % FOLDS for index, name in enumerate(sorted(names))}
    folds: list[list[ScoredClip]] = [[] for _ in range(FOLDS)]
    for scored in clips:
        clip = scored.clip
        folds[number[clip.role, clip.corpus, clip.name]].append(scored)
    return folds


def recording_errors(
    chosen: Iterable[tuple[Sequence[ScoredClip], VadOptions]], model: str, geometry: Geometry
) -> np.ndarray:
    """Speech, non-speech, misses and false alarms (s) of each recording, [recordings, 4].

    `chosen` has clips with the options for them. Recordings are sorted by role and name.
    """
    errors: dict[tuple[str, str, str], np.ndarray] = {}
    for clips, options in chosen:
        for scored in clips:
            clip = scored.clip
            values = scored.probabilities[model]
            segments = speech_segments(values, len(clip.samples), geometry, options)
            rate = geometry.sample_rate
            counts = time_counts(clip.speech, clip.annotated, segments, rate)["time"]
            key = (clip.role, clip.corpus, clip.name)
            errors[key] = errors.get(key, np.zeros(4)) + counts
    return np.array([errors[key] for key in sorted(errors)]).reshape(-1, 4)


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
        losses.append(criterion_loss(Trials((), miss, false_alarm, speech, nonspeech), params))
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
