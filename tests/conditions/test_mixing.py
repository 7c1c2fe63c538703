import numpy as np
import pytest
from scipy.signal import correlate

from vad.conditions.mixing import (
    amplitude,
    babble,
    crop_cyclic,
    mix_at_snr,
    power,
    reverberate,
    to_int16,
)

# Of levels in dB, for float32 audio.
TOLERANCE_DB = 1e-3


@pytest.fixture
def draw():
    return np.random.default_rng(0)


def decibels(ratio: float) -> float:
    return 10 * np.log10(ratio)


@pytest.mark.parametrize("snr_db", [-5, 0, 20])
def test_noise_lies_at_the_asked_level_under_the_speech(draw, snr_db):
    samples = draw.standard_normal(16000).astype(np.float32)
    speech = np.arange(16000) >= 8000
    samples[~speech] *= 0.01
    noise = 0.3 * draw.standard_normal(16000).astype(np.float32)
    added = mix_at_snr(samples, speech, noise, snr_db) - samples
    assert decibels(power(samples[speech]) / power(added)) == pytest.approx(
        snr_db, abs=TOLERANCE_DB
    )


def test_silence_is_not_scaled(draw):
    noise = draw.standard_normal(100).astype(np.float32)
    silence = np.zeros(100, np.float32)
    nowhere = np.zeros(100, bool)
    np.testing.assert_array_equal(mix_at_snr(silence, nowhere, noise, 0), silence)
    np.testing.assert_array_equal(mix_at_snr(noise, ~nowhere, silence, 0), noise)


def test_room_keeps_place_level_and_length(draw):
    dry = np.zeros(16000, np.float32)
    dry[4000:8000] = draw.standard_normal(4000)
    response = 0.05 * np.exp(-np.arange(3000) / 500) * draw.standard_normal(3000)
    response[700] = 1.0
    wet = reverberate(dry, response.astype(np.float32), lead_samples=512)
    lag = np.argmax(correlate(wet, dry)) - (len(dry) - 1)
    assert lag == 0
    assert len(wet) == len(dry)
    assert decibels(power(wet) / power(dry)) == pytest.approx(0, abs=TOLERANCE_DB)


def test_room_is_heard_at_most_its_lead_ahead_of_the_sound(draw):
    """As in a response with a peak at 137 ms and noise before it."""
    response = 0.01 * draw.standard_normal(8000).astype(np.float32)
    response[2192] = 1.0
    click = np.zeros(16000, np.float32)
    click[8000] = 0.5
    wet = reverberate(click, response, lead_samples=512)
    assert np.argmax(np.abs(wet)) == 8000
    # The convolution goes through a Fourier transform: silence is not exactly 0.
    assert np.abs(wet[: 8000 - 512]).max() < 1e-6
    assert np.abs(wet[8000 - 512 : 8000 - 500]).max() > 1e-4


def test_room_leaves_silence_alone_and_silent_rooms_leave_sound(draw):
    sound = draw.standard_normal(1000).astype(np.float32)
    np.testing.assert_array_equal(reverberate(0 * sound, sound, 512), 0 * sound)
    np.testing.assert_array_equal(reverberate(sound, np.zeros(500, np.float32), 512), sound)


def test_every_voice_is_as_loud_in_the_babble(draw):
    loud, quiet = draw.standard_normal((2, 16000)).astype(np.float32)
    silence = np.zeros(16000, np.float32)
    sum_of_three = babble([loud, 1e-3 * quiet, silence], 16000)
    np.testing.assert_allclose(
        sum_of_three, loud / np.sqrt(power(loud)) + quiet / np.sqrt(power(quiet)), atol=1e-5
    )
    np.testing.assert_array_equal(babble([silence], 16000), silence)


def test_crop_begins_again_at_the_end():
    np.testing.assert_array_equal(crop_cyclic(np.array([1, 2, 3]), 7, 2), [3, 1, 2, 3, 1, 2, 3])


def test_int16_is_exact_and_never_clips():
    samples = np.array([-32768, -5, 0, 7, 32767], np.int16)
    np.testing.assert_array_equal(to_int16(samples.astype(np.float32) / 32768), samples)
    loud = to_int16(np.array([0.5, -2.0], np.float32))
    assert list(loud) == [8192, -32768]


def test_amplitude_of_six_decibels_doubles():
    assert amplitude(20 * np.log10(2)) == pytest.approx(2)
