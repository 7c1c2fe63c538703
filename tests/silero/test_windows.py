import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from silero_vad.sequence_vad import frame_blocks

from vad.intervals import to_mask
from vad.silero.geometry import GEOMETRIES
from vad.silero.windows import covered_share, covered_windows, frame_windows, window_count


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


@given(st.sets(st.integers(0, 3000), max_size=20), st.integers(0, 11))
def test_share_is_the_mean_over_a_windows_samples(edges: set[int], count: int) -> None:
    geometry = GEOMETRIES[8000]
    rows = np.array(sorted(edges)[: len(edges) // 2 * 2], np.int64).reshape(-1, 2)
    mask = to_mask(rows, 3000)[: count * geometry.window_samples]
    expected = mask.reshape(-1, geometry.window_samples).mean(axis=1)
    # Shares are whole samples over a power of two: no rounding.
    np.testing.assert_array_equal(covered_share(rows, count, geometry), expected)


def test_half_a_window_is_enough() -> None:
    halves = np.array([[128, 256], [256, 383]])
    assert covered_windows(halves, 2, GEOMETRIES[8000]).tolist() == [True, False]
