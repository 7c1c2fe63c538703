import numpy as np
import pytest
from scipy.signal import resample_poly

from vad.silero.geometry import GEOMETRIES
from vad.silero.resampling import resampled
from vad.silero.windows import window_count

# Two low-pass filters differ near the ends and at the edge of the band.
TOLERANCE = 0.01


@pytest.mark.parametrize("count", [0, 1, 511, 512, 513, 1023, 1024, 1025, 16001])
def test_both_rates_have_the_same_windows(count):
    narrow = resampled(np.zeros(count, np.int16), 16000, 8000)
    assert narrow.dtype == np.int16
    assert window_count(len(narrow), GEOMETRIES[8000]) == window_count(count, GEOMETRIES[16000])


def test_a_tone_keeps_its_pitch_and_level():
    tone = (10000 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)).astype(np.int16)
    narrow = resampled(tone, 16000, 8000)
    expected = resample_poly(tone.astype(float), 1, 2)
    assert np.abs(narrow - expected)[200:-200].max() / 10000 < TOLERANCE


def test_audio_at_its_own_rate_is_not_copied():
    samples = np.arange(5, dtype=np.int16)
    assert resampled(samples, 8000, 8000) is samples
