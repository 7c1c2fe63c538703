"""What the page's script gets, against the recordings that it is of."""

import base64
from dataclasses import replace

import numpy as np
import pytest

import vad.report.recordings
from tests.report.conftest import OPTIONS
from tests.scored import GEOMETRY
from vad.evaluation.comparisons import EXCERPT_S
from vad.evaluation.scoring import MODELS
from vad.intervals import total
from vad.prepared import CLEAN
from vad.report.recordings import LEVELS, coded, coded_length, page_data, selection

RATE = GEOMETRY.sample_rate


@pytest.fixture(scope="module")
def chosen(results):
    return selection(results)


def entries(chosen, files=None):
    return page_data(chosen, GEOMETRY, OPTIONS, files or {})["recordings"]


def decoded(text):
    """As the script decodes them."""
    return np.frombuffer(base64.b64decode(text), "<u2") / LEVELS


def test_every_rendition_is_listed_those_as_recorded_first_by_error(chosen, results):
    assert len(chosen.listed) == len(results.renditions)
    clean = [one for one in chosen.listed if one.condition == CLEAN]
    assert [*chosen.listed[: len(clean)]] == clean
    errors = [sum(total(one.errors[model]) for model in MODELS) for one in clean]
    assert errors == sorted(errors, reverse=True)


def test_entries_hold_what_the_recordings_do(chosen):
    """Probabilities to a level, rounded down; times to the sample."""
    for one, entry in zip(chosen.listed, entries(chosen), strict=True):
        for model in MODELS:
            lost = one.probabilities(model) - decoded(entry["probabilities"][model])
            assert lost.min() >= 0
            assert lost.max() < 1 / LEVELS
        np.testing.assert_array_equal(np.reshape(entry["speech"], (-1, 2)), one.speech)
        start, end = entry["excerpt"]
        assert end - start == min(EXCERPT_S * RATE, entry["samples"])


def test_no_step_of_the_slider_is_between_a_probability_and_its_level():
    """Also of the float32 numbers next to each hundredth."""
    steps = np.arange(101) / 100
    near = steps.astype(np.float32)
    values = np.concatenate([near, *(np.nextafter(near, np.float32(end)) for end in (0, 1))])
    levels = decoded(coded(values))
    for step in steps:
        np.testing.assert_array_equal(levels >= step, values.astype(np.float64) >= step)


def test_gains_losses_noise_and_conditions_can_be_heard(chosen, results):
    heard = [
        one for one, entry in zip(chosen.listed, entries(chosen), strict=True) if "sound" in entry
    ]
    gains = [one.gained_samples for one in results.recordings]
    assert any(one.gained_samples == max(gains) for one in heard)
    assert any(one.gained_samples == min(gains) for one in heard)
    assert "noise" in {one.role for one in heard}
    assert {one.condition for one in heard} > {CLEAN}


def test_a_page_takes_no_more_than_it_holds(chosen, results, monkeypatch):
    monkeypatch.setattr(vad.report.recordings, "MEDIA_BYTES", 1)
    assert sum("sound" in entry for entry in entries(chosen)) == 1
    monkeypatch.setattr(vad.report.recordings, "PROBABILITY_BYTES", 1)
    assert len(selection(results).listed) == 1


def test_sound_beside_the_page_is_named(chosen):
    named = entries(chosen, {0: "errors/a.wav"})
    assert [entry["file"] for entry in named if entry["file"]] == ["errors/a.wav"]
    position = [id(one) for one in chosen.listed].index(id(chosen.heard[0]))
    assert named[position]["file"] == "errors/a.wav"


def test_noise_is_its_own_condition(results):
    noise = next(one for one in results.recordings if one.role == "noise").comparison
    alone = replace(selection(results), listed=[noise], heard=[])
    assert entries(alone)[0]["condition"] == "noise"


@pytest.mark.parametrize("count", [1, 2, 3, 4, 625])
def test_the_length_of_coded_probabilities_is_known_before(count):
    assert len(coded(np.full(count, 0.5, np.float32))) == coded_length(count)
