"""The tracks of a recording against its intervals."""

from dataclasses import replace

import numpy as np
import pytest

from tests.report.conftest import OPTIONS
from tests.scored import GEOMETRY
from vad.evaluation.comparisons import EXCERPT_S
from vad.evaluation.scoring import MODELS
from vad.intervals import intersect, total
from vad.report.recordings import recording_view, time_ticks

RATE = GEOMETRY.sample_rate


@pytest.fixture(scope="module")
def comparison(results):
    return max(results.recordings, key=lambda one: one.gained_samples)


@pytest.fixture(scope="module")
def view(comparison):
    return recording_view(comparison, GEOMETRY, dict.fromkeys(MODELS, OPTIONS.threshold))


def covered_s(bars):
    return sum(span.width for span in bars) / 100 * EXCERPT_S


def test_bars_cover_what_the_intervals_cover(comparison, view):
    """Per cent are written to three places: 0.3 ms of 30 s, at each end."""
    excerpt = np.array([[view.start_s, view.end_s]]) * RATE
    assert view.is_excerpt
    assert view.seconds == EXCERPT_S
    assert covered_s(view.speech) == pytest.approx(
        total(intersect(comparison.speech, excerpt)) / RATE, abs=0.01
    )
    for track in view.tracks:
        segments = intersect(comparison.segments[track.model], excerpt)
        assert covered_s(track.segments) == pytest.approx(total(segments) / RATE, abs=0.01)
        errors = intersect(comparison.errors[track.model], excerpt)
        found = covered_s(track.missed) + covered_s(track.false_alarms)
        assert found == pytest.approx(total(errors) / RATE, abs=0.02)
    assert view.unlabelled == []


def test_what_cuts_off_less_than_is_told_is_no_excerpt(view):
    """Recordings of 30 s are often a sample longer."""
    assert not replace(view, whole_s=EXCERPT_S + 1 / RATE).is_excerpt
    assert replace(view, whole_s=EXCERPT_S + 0.1).is_excerpt


def test_time_in_error_is_that_of_the_whole_recording(comparison, view):
    for model in MODELS:
        assert view.error_s[model] == total(comparison.errors[model]) / RATE


@pytest.mark.parametrize("length_s", [0.4, 3.0, 10.0, 30.0])
def test_ticks_are_few_and_stand_at_their_times(length_s):
    ticks = time_ticks(7.3, 7.3 + length_s)
    assert 2 <= len(ticks) <= 8
    for place, text in ticks:
        assert 7.3 + place / 100 * length_s == pytest.approx(float(text.split()[0]), abs=1e-3)
