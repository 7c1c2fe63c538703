"""Intervals and window labels against sets of milliseconds and of samples."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vad.labels import covered_share, is_covered, to_samples, unite

WINDOW_SAMPLES = 16
AUDIO_SAMPLES = 200

milliseconds = st.integers(0, 500)
pairs_ms = st.lists(st.tuples(milliseconds, milliseconds).filter(lambda p: p[0] <= p[1]))
bounds = st.lists(st.integers(0, AUDIO_SAMPLES), unique=True, max_size=20).map(
    lambda values: sorted(values)[: len(values) // 2 * 2]
)


@given(pairs_ms)
def test_union_covers_what_the_pairs_cover(pairs: list[tuple[int, int]]) -> None:
    united = unite([(start / 1000, end / 1000) for start, end in pairs])
    expected = {ms for start, end in pairs for ms in range(start, end)}
    found = [ms for start, end in np.rint(united * 1000).astype(int) for ms in range(start, end)]
    assert len(found) == len(set(found))
    assert set(found) == expected


@given(pairs_ms)
def test_union_is_sorted_and_does_not_touch(pairs: list[tuple[int, int]]) -> None:
    united = unite(pairs)
    assert united.shape[1] == 2
    assert united.dtype == np.float64
    assert (np.diff(united.ravel()) > 0).all()


@given(pairs_ms)
def test_union_of_a_union_is_itself(pairs: list[tuple[int, int]]) -> None:
    united = unite(pairs)
    assert np.array_equal(unite(map(tuple, united)), united)


@given(bounds, st.integers(0, AUDIO_SAMPLES // WINDOW_SAMPLES))
def test_share_is_the_mean_over_a_windows_samples(values: list[int], window_count: int) -> None:
    intervals = np.array(values, np.int64).reshape(-1, 2)
    is_speech = np.zeros(max(AUDIO_SAMPLES, window_count * WINDOW_SAMPLES))
    for start, end in intervals:
        is_speech[start:end] = 1
    windows = is_speech[: window_count * WINDOW_SAMPLES].reshape(-1, WINDOW_SAMPLES)
    inside = intervals[intervals[:, 0] <= window_count * WINDOW_SAMPLES]
    # Shares are whole samples over a power of two: no rounding.
    assert np.array_equal(covered_share(inside, window_count, WINDOW_SAMPLES), windows.mean(axis=1))


def test_half_a_window_is_enough() -> None:
    halves = np.array([[8, 16], [16, 23]])
    assert is_covered(halves, 2, WINDOW_SAMPLES).tolist() == [True, False]


def test_seconds_become_the_nearest_samples() -> None:
    assert to_samples(np.array([[0.1, 0.29999]]), 16000).tolist() == [[1600, 4800]]
