"""The thresholds that suit a model best, chosen on the validation split, never on test."""

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from vad.artifacts import replacing
from vad.evaluation.detection import Reference, detection_cost
from vad.evaluation.metrics import bin_edges, window_counts
from vad.evaluation.scoring import ScoredClip
from vad.evaluation.segments import SegmentRule, segments_of_runs, threshold_runs
from vad.params import Evaluate
from vad.silero.geometry import Geometry

THRESHOLDS = np.arange(5, 100, 5) / 100
MIN_SPEECH_MS = (0, 100, 250, 500)
MIN_SILENCE_MS = (0, 100, 250, 500)


@dataclass(frozen=True)
class Decision:
    """How probabilities become decisions: single windows by a threshold, segments by a rule."""

    window_threshold: float
    rule: SegmentRule


@dataclass(frozen=True)
class Tried:
    """What was tried, and its errors: float64 [tried], in windows or in samples.

    `speech` and `nonspeech` are how much there is of the reference.
    """

    choices: Sequence[Any]
    miss: np.ndarray
    false_alarm: np.ndarray
    speech: float
    nonspeech: float


def usual_decision(params: Evaluate) -> Decision:
    """What consumers of a drop-in keep."""
    names = [field.name for field in fields(SegmentRule)]
    return Decision(params.threshold, SegmentRule(**{n: getattr(params, n) for n in names}))


def choose_decision(
    clips: Sequence[ScoredClip], model: str, geometry: Geometry, params: Evaluate
) -> Decision:
    """The threshold and the rule that are best for `model` by the criterion of `params`.

    Of equals those nearest to what consumers of a drop-in keep.
    """
    usual = usual_decision(params)
    windows = best(try_thresholds(clips, model), params)
    rules = best(try_rules(clips, model, geometry, usual.rule.speech_pad_ms), params)
    return Decision(
        min(windows, key=lambda threshold: abs(threshold - usual.window_threshold)),
        min(rules, key=lambda rule: distance(rule, usual.rule)),
    )


def best(tried: Tried, params: Evaluate) -> list[Any]:
    """The choices of least loss."""
    loss = criterion_loss(tried, params)
    is_best = loss <= loss.min() + 1e-9
    return list(itertools.compress(tried.choices, is_best))


def try_thresholds(clips: Sequence[ScoredClip], model: str) -> Tried:
    """Thresholds of single windows."""
    edges = bin_edges(THRESHOLDS)
    speech, nonspeech = np.zeros((2, len(edges)))
    for scored in clips:
        kept = scored.annotated
        counts = window_counts(scored.speech[kept], scored.probabilities[model][kept], edges)
        speech, nonspeech = speech + counts["speech"], nonspeech + counts["nonspeech"]
    place = np.searchsorted(edges, THRESHOLDS)
    miss = np.append(0, np.cumsum(speech))[place]
    false_alarm = nonspeech.sum() - np.append(0, np.cumsum(nonspeech))[place]
    return Tried(THRESHOLDS.tolist(), miss, false_alarm, speech.sum(), nonspeech.sum())


def try_rules(
    clips: Sequence[ScoredClip], model: str, geometry: Geometry, speech_pad_ms: float
) -> Tried:
    """Segment rules: all thresholds at once under each pair of durations."""
    grid = itertools.product(THRESHOLDS, THRESHOLDS)
    pairs = np.array([(enter, leave) for enter, leave in grid if leave <= enter])
    durations = [
        SegmentRule(1, 0, speech, silence, speech_pad_ms)
        for speech, silence in itertools.product(MIN_SPEECH_MS, MIN_SILENCE_MS)
    ]
    hit, false_alarm = np.zeros((2, len(durations), len(pairs)))
    totals = np.zeros(2)
    for scored in clips:
        reference = Reference.of(scored.clip.speech, scored.clip.annotated, 0)
        totals += reference.totals
        runs = threshold_runs(scored.probabilities[model], pairs)
        for place, rule in enumerate(durations):
            row, segments = segments_of_runs(runs, len(scored.clip.samples), geometry, rule)
            found = reference.covered(segments)
            hit[place] += np.bincount(row, found[0], minlength=len(pairs))
            false_alarm[place] += np.bincount(row, found[1], minlength=len(pairs))
    rules = [
        replace(rule, threshold=float(enter), neg_threshold=float(leave))
        for rule in durations
        for enter, leave in pairs
    ]
    return Tried(rules, totals[0] - hit.ravel(), false_alarm.ravel(), *totals)


def criterion_loss(tried: Tried, params: Evaluate) -> np.ndarray:
    """What to make small, float64 [tried].

    For f1 and detection_cost it is in the name. With a largest false-alarm rate it is the miss
    rate where the rate is kept; where nothing keeps it, the false-alarm rate.
    """
    # Where nothing is, nothing is got wrong: its rates are 0.
    speech, nonspeech = max(tried.speech, 1e-9), max(tried.nonspeech, 1e-9)
    if params.criterion == "f1":
        hit = speech - tried.miss
        return 1 - 2 * hit / (2 * hit + tried.miss + tried.false_alarm)
    if params.criterion == "detection_cost":
        weight = params.criterion_miss_weight
        return detection_cost(tried.miss, speech, tried.false_alarm, nonspeech, weight)
    false_alarm_rate = tried.false_alarm / nonspeech
    is_kept = false_alarm_rate <= params.criterion_false_alarm_rate
    return np.where(is_kept, tried.miss / speech, 1 + false_alarm_rate)


def distance(rule: SegmentRule, other: SegmentRule) -> tuple[float, ...]:
    """How far two rules are apart, the thresholds first."""
    return (
        abs(rule.threshold - other.threshold) + abs(rule.neg_threshold - other.neg_threshold),
        abs(rule.min_speech_duration_ms - other.min_speech_duration_ms)
        + abs(rule.min_silence_duration_ms - other.min_silence_duration_ms),
    )


def write_rule(path: Path, rule: SegmentRule, criterion: str) -> None:
    """Write `rule` as YAML, keys are the arguments of get_speech_timestamps."""
    title = "# Arguments of silero_vad.get_speech_timestamps, chosen on the validation split by"
    lines = [f"{key}: {value:g}" for key, value in asdict(rule).items()]
    with replacing(path) as (draft,):
        draft.write_text("\n".join((f"{title} {criterion}.", *lines, "")), encoding="utf-8")
