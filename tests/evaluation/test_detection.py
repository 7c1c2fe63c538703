"""Metrics in time against pyannote.metrics, whose collar is the whole width around a boundary."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyannote.core import Annotation, Segment, Timeline
from pyannote.metrics.detection import (
    DetectionCostFunction,
    DetectionErrorRate,
    DetectionPrecision,
    DetectionRecall,
)

from vad.evaluation.detection import COLLARS_S, Reference, time_counts, time_metrics

RATE = 16000
# pyannote.metrics drops pieces below a microsecond and sums seconds as floats.
TOLERANCE = 1e-6


def annotation(intervals):
    found = Annotation()
    for start, end in intervals / RATE:
        found[Segment(start, end)] = "speech"
    return found


def pyannote_metrics(speech, annotated, segments, collar_s):
    """By our names: the four functions, and the two parts of the error rate."""
    reference, hypothesis = annotation(speech), annotation(segments)
    given_to_all = {"uem": Timeline([Segment(*pair) for pair in annotated / RATE])}
    options = {"collar": 2 * collar_s}
    error = DetectionErrorRate(**options)
    parts = error(reference, hypothesis, detailed=True, **given_to_all)
    return {
        "detection_error_rate": parts["detection error rate"],
        "detection_miss": parts["miss"] / parts["total"],
        "detection_false_alarm": parts["false alarm"] / parts["total"],
        "detection_cost": DetectionCostFunction(**options)(reference, hypothesis, **given_to_all),
        "detection_precision": DetectionPrecision(**options)(reference, hypothesis, **given_to_all),
        "detection_recall": DetectionRecall(**options)(reference, hypothesis, **given_to_all),
    }


def drawn_intervals(draw, count, length):
    edges = np.sort(draw.choice(length, 2 * count, replace=False))
    return edges.reshape(-1, 2)


@pytest.mark.parametrize("seed", range(20))
def test_against_pyannote(seed):
    """Half a minute with up to twelve utterances, annotated as a whole or in two parts."""
    draw = np.random.default_rng(seed)
    length = 30 * RATE
    annotated = np.array([[0, length]] if seed % 2 else [[77, 200_000], [250_000, 450_000]])
    speech = drawn_intervals(draw, draw.integers(3, 13), length)
    segments = drawn_intervals(draw, draw.integers(1, 13), length)
    values = time_metrics(time_counts(speech, annotated, segments, RATE))
    for suffix, collar_s in COLLARS_S.items():
        expected = pyannote_metrics(speech, annotated, segments, collar_s)
        for name, value in expected.items():
            assert values[f"{name}{suffix}"] == pytest.approx(value, abs=TOLERANCE), name + suffix
    assert len(values) == len(COLLARS_S) * len(expected)


def intervals(highest=60):
    """Sorted disjoint intervals that may touch, also none."""
    edges = st.lists(st.integers(0, highest), unique=True, max_size=12).map(sorted)
    return edges.map(lambda found: np.array(found[: len(found) // 2 * 2], int).reshape(-1, 2))


@given(speech=intervals(), annotated=intervals(), segments=intervals(), collar=st.integers(0, 5))
def test_against_samples_one_by_one(speech, annotated, segments, collar):
    def mask(pairs):
        return np.any([(t >= a) & (t < b) for a, b in pairs], axis=0) if len(pairs) else t < 0

    t = np.arange(61)
    boundaries = speech.ravel()
    scored = mask(annotated) & ~mask(np.stack((boundaries - collar, boundaries + collar), axis=1))
    reference = Reference.of(speech, annotated, collar)
    hit, false_alarm = reference.covered(segments)
    assert hit.sum() == np.sum(mask(segments) & mask(speech) & scored)
    assert false_alarm.sum() == np.sum(mask(segments) & ~mask(speech) & scored)
    assert reference.totals == (np.sum(mask(speech) & scored), np.sum(~mask(speech) & scored))


def test_what_needs_a_missing_class_is_not_told():
    nothing, everything = np.zeros((0, 2), int), np.array([[0, RATE]])
    silent = time_metrics(time_counts(nothing, everything, everything, RATE))
    assert all(np.isnan(value) for value in silent.values())
    missed = time_metrics(time_counts(np.array([[0, RATE // 2]]), everything, nothing, RATE))
    assert missed["detection_error_rate"] == 1
    assert missed["detection_cost"] == 0.75
    assert np.isnan(missed["detection_precision"])
