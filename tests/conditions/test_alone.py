import numpy as np
import pytest
from scipy.signal import welch

from vad.conditions.alone import (
    GAIN_DB,
    MOST_MUFFLED_DB,
    SPEEDS,
    at_level,
    at_speed,
    coloured,
    noise_copies,
)
from vad.conditions.mixing import power

RATE = 16000
SEED = (1, "corpus", "name", 0)
# Of levels in dB, for float32 audio.
TOLERANCE_DB = 1e-3


@pytest.fixture
def noise() -> np.ndarray:
    """A second of white noise at -20 dBFS."""
    return (0.1 * np.random.default_rng(0).standard_normal(RATE)).astype(np.float32)


def level_db(samples: np.ndarray) -> float:
    return 10 * np.log10(power(samples))


def test_levels_lie_where_the_parameters_say(noise, params):
    section = params.prepare.model_copy(update={"noise_only_copies": 12})
    levels = [level_db(copy) for _, copy in noise_copies(noise, RATE, section, SEED)]
    assert min(levels) > section.noise_level_min_db - TOLERANCE_DB
    assert max(levels) < section.noise_level_max_db + TOLERANCE_DB
    assert max(levels) - min(levels) > 10


def test_every_second_copy_is_played_at_another_speed(noise, params):
    lengths = [len(copy) for _, copy in noise_copies(noise, RATE, params.prepare, SEED)]
    assert lengths[0] == lengths[2] == RATE
    assert RATE not in (lengths[1], lengths[3])


def test_one_copy_more_leaves_the_first_as_they_are(noise, params):
    few, more = (
        dict(
            noise_copies(
                noise, RATE, params.prepare.model_copy(update={"noise_only_copies": n}), SEED
            )
        )
        for n in (1, 2)
    )
    # The last half is coloured, so a single copy is and the first of two is not.
    assert list(more) == ["alone_0", "alone_1"]
    assert list(few) == ["alone_0"]
    again = dict(noise_copies(noise, RATE, params.prepare, SEED))
    for name, copy in noise_copies(noise, RATE, params.prepare, SEED):
        np.testing.assert_array_equal(copy, again[name])
    np.testing.assert_array_equal(more["alone_0"], again["alone_0"])


def test_speed_moves_a_tone_and_its_length_alike():
    tone = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)
    for seed in range(5):
        copy = at_speed(tone, RATE, np.random.default_rng(seed))
        speed = RATE / len(copy)
        assert SPEEDS[0] - 0.01 < speed < SPEEDS[1] + 0.01
        peak_hz = np.argmax(np.abs(np.fft.rfft(copy))) * RATE / len(copy)
        assert peak_hz == pytest.approx(1000 * speed, abs=2)


def test_a_colour_changes_the_spectrum_within_its_bounds(noise):
    shapes = []
    for seed in range(6):
        copy = coloured(noise, RATE, np.random.default_rng(seed))
        _, before = welch(noise, RATE, nperseg=1024)
        _, after = welch(copy, RATE, nperseg=1024)
        shapes.append(10 * np.log10(after / before)[8:-8])
    # Two decibels for what a window smears.
    assert max(shape.max() for shape in shapes) < GAIN_DB[1] + 2
    assert min(shape.min() for shape in shapes) > GAIN_DB[0] - MOST_MUFFLED_DB - 2
    assert all(shape.max() - shape.min() > 6 for shape in shapes)
    assert min(shape.min() for shape in shapes) < -40 < np.median([s.min() for s in shapes])


def test_silence_stays_silence():
    silence = np.zeros(RATE, np.float32)
    np.testing.assert_array_equal(at_level(silence, -20), silence)
