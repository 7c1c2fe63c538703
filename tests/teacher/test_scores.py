import numpy as np
import pytest

from vad.silero.geometry import GEOMETRIES
from vad.teacher.passes import AFTER_WINDOWS, SHIFTS, Passes
from vad.teacher.scores import (
    CONTEXT_WEIGHT,
    PEAK_WEIGHT,
    Rule,
    scores,
    window_logits,
)

GEOMETRY = GEOMETRIES[16000]


def passes_of(values):
    """Passes whose logits are constant inside each window of `values`."""
    logits = np.repeat(np.append(values, [0.0] * AFTER_WINDOWS), SHIFTS).astype(np.float32)
    return Passes(logits, np.zeros(len(values)), len(values) * GEOMETRY.window_samples)


@pytest.mark.parametrize("level", [-6.0, 4.0])
def test_of_constant_logits_only_the_peak_is_taken_off(level):
    values = scores(window_logits(passes_of(np.full(300, level)), GEOMETRY))
    assert values.shape == (300,)
    np.testing.assert_allclose(values[50:200], level - PEAK_WEIGHT * max(level, 0), rtol=1e-5)


def test_a_window_has_the_logits_that_end_one_window_later():
    logits = np.full(300, -10.0)
    logits[150] = 2.0
    values = scores(window_logits(passes_of(logits), GEOMETRY))
    assert values[110:190].argmax() in (38, 39, 40)
    own = values[149] - values[130]
    assert own == pytest.approx(12 / 3 / (1 + CONTEXT_WEIGHT), rel=0.05)


def test_sure_is_what_is_far_from_the_threshold():
    values = np.array([2, 1.99, 0, -0.79, -0.8]) - 3
    rule = Rule("scores", -3, 2, 0.8)
    assert rule.is_sure(values).tolist() == [True, False, False, False, True]
