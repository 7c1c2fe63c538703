"""Intervals and window labels against sets of milliseconds and of samples."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vad.labels import (
    covered_share,
    drop_short,
    intersect,
    is_covered,
    merge_gaps,
    to_samples,
    unite,
)

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


def holds(intervals: np.ndarray, length: int) -> np.ndarray:
    """Which of `length` steps of one unit the intervals cover."""
    covered = np.zeros(length, bool)
    for start, end in intervals.astype(int):
        covered[start:end] = True
    return covered


whole_intervals = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted), max_size=8
).map(unite)


@given(whole_intervals, st.integers(0, 20))
def test_gaps_are_closed_up_to_their_length(intervals, gap) -> None:
    merged = merge_gaps(intervals, gap)
    covered = holds(intervals, 70)
    for start, end in zip(intervals[:-1, 1].astype(int), intervals[1:, 0].astype(int), strict=True):
        covered[start:end] = end - start <= gap
    np.testing.assert_array_equal(holds(merged, 70), covered)
    np.testing.assert_array_equal(merged, unite(map(tuple, merged)))


@given(whole_intervals, st.integers(0, 20))
def test_short_intervals_are_dropped(intervals, shortest) -> None:
    kept = drop_short(intervals, shortest).tolist()
    assert kept == [pair for pair in intervals.tolist() if pair[1] - pair[0] >= shortest]


@given(whole_intervals, whole_intervals)
def test_intersection_holds_where_both_do(one, other) -> None:
    both = holds(one, 70) & holds(other, 70)
    np.testing.assert_array_equal(holds(intersect(one, other), 70), both)
