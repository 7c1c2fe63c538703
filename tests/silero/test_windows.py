import numpy as np
import pytest
from silero_vad.sequence_vad import frame_blocks

from vad.silero.geometry import GEOMETRIES
from vad.silero.windows import frame_windows, window_count


@pytest.mark.parametrize("sample_count", [1, 511, 512, 513, 40000])
def test_framing_is_that_of_the_official_package(sample_count, sample_rate):
    geometry = GEOMETRIES[sample_rate]
    audio = np.random.default_rng(0).standard_normal(sample_count).astype(np.float32)
    blocks = frame_blocks(audio, geometry.window_samples, geometry.context_samples, 512)
    windows = frame_windows(audio, geometry)
    np.testing.assert_array_equal(windows, np.concatenate(list(blocks)))
    assert len(windows) == window_count(sample_count, geometry)


def test_int16_is_scaled_exactly(sample_rate):
    samples = np.array([-32768, -1, 0, 1, 32767], np.int16)
    windows = frame_windows(samples, GEOMETRIES[sample_rate])
    context = GEOMETRIES[sample_rate].context_samples
    np.testing.assert_array_equal(windows[0, context : context + 5] * 32768, samples)


def test_no_audio_gives_no_windows(sample_rate):
    geometry = GEOMETRIES[sample_rate]
    assert frame_windows(np.zeros(0, np.float32), geometry).shape == (0, geometry.input_samples)
