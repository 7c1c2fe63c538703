"""Sets of intervals against one flag for each unit of time."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vad.intervals import (
    clip,
    covered,
    covered_before,
    difference,
    drop_short,
    from_mask,
    inside,
    intersect,
    join,
    merge_gaps,
    overlap_counts,
    symmetric_difference,
    to_mask,
    to_samples,
    total,
    unite,
)

LENGTH = 70

units = st.integers(0, LENGTH - 10)
pairs = st.lists(st.tuples(units, units), max_size=12)


@st.composite
def intervals(draw) -> np.ndarray:
    """Sorted disjoint int64 intervals that may touch, also none."""
    edges = sorted(draw(st.sets(units, max_size=16)))
    rows = np.array(edges[: len(edges) // 2 * 2], np.int64).reshape(-1, 2)
    if draw(st.booleans()) and len(rows) > 1:
        rows[1, 0] = rows[0, 1]
    return rows


def flags(rows, length=LENGTH) -> np.ndarray:
    is_held = np.zeros(length, bool)
    for start, end in np.asarray(rows).reshape(-1, 2).astype(int):
        is_held[start:end] = True
    return is_held


def is_a_set(rows) -> bool:
    """Sorted, disjoint, and no two touch."""
    return rows.shape[1] == 2 and bool((np.diff(rows.ravel()) > 0).all())


@given(pairs)
def test_a_union_holds_where_any_pair_does(rows):
    united = unite(rows)
    assert united.dtype == np.float64
    assert is_a_set(united)
    np.testing.assert_array_equal(flags(united), flags(rows))
    np.testing.assert_array_equal(unite(np.array(rows, np.int64)), united)


def test_an_array_keeps_its_dtype():
    assert unite(np.array([[3, 5], [1, 2]])).dtype == np.int64
    assert unite(np.zeros((0, 2), np.int64)).dtype == np.int64


@given(intervals(), intervals())
def test_operations_of_sets_are_those_of_flags(one, other):
    cases = {
        intersect: flags(one) & flags(other),
        difference: flags(one) & ~flags(other),
        symmetric_difference: flags(one) != flags(other),
    }
    for operation, expected in cases.items():
        result = operation(one, other)
        assert is_a_set(unite(result))
        assert result.dtype == np.int64
        np.testing.assert_array_equal(flags(result), expected, operation.__name__)
        assert total(result) == expected.sum()


@given(intervals(), intervals())
def test_lengths_and_counts_of_overlap(one, other):
    shared = [np.count_nonzero(flags([row]) & flags(other)) for row in one]
    np.testing.assert_array_equal(covered(one, other), np.array(shared, int))
    counts = [sum((flags([row]) & flags([b])).any() for b in other) for row in one]
    np.testing.assert_array_equal(overlap_counts(one, other), np.array(counts, int))


@given(intervals())
def test_points_inside_and_what_is_covered_before_them(rows):
    points = np.arange(LENGTH)
    np.testing.assert_array_equal(inside(points, rows), flags(rows))
    before = np.append(0, np.cumsum(flags(rows)))[:LENGTH]
    np.testing.assert_array_equal(covered_before(points, rows), before)
    np.testing.assert_array_equal(covered_before(points - 3.0, rows - 3.0), before)


@given(intervals(), units, units)
def test_a_clip_is_an_intersection_with_one_interval(rows, start, end):
    start, end = sorted((start, end))
    np.testing.assert_array_equal(flags(clip(rows, start, end)), flags(rows) & flags((start, end)))


def test_parts_are_joined_behind_each_other():
    parts = [np.array([[1, 2]]), np.array([[0, 3], [4, 5]])]
    assert join(parts, [0, 10]).tolist() == [[1, 2], [10, 13], [14, 15]]


@given(st.lists(st.booleans(), max_size=LENGTH))
def test_a_mask_and_its_intervals_are_the_same(values):
    mask = np.array(values, bool)
    rows = from_mask(mask)
    assert is_a_set(rows)
    np.testing.assert_array_equal(to_mask(rows, len(mask)), mask)
    np.testing.assert_array_equal(flags(rows)[: len(mask)], mask)


def test_a_mask_ends_where_it_is_told_to():
    assert to_mask(np.array([[1, 3], [4, 9]]), 5).tolist() == [False, True, True, False, True]


@given(intervals(), st.integers(0, 20))
def test_gaps_are_closed_up_to_their_length(rows, gap):
    rows = unite(rows)
    merged = merge_gaps(rows, gap)
    expected = flags(rows)
    for start, end in zip(rows[:-1, 1], rows[1:, 0], strict=True):
        expected[start:end] = end - start <= gap
    np.testing.assert_array_equal(flags(merged), expected)
    assert is_a_set(merged)


@given(intervals(), st.integers(0, 20))
def test_short_intervals_are_dropped(rows, shortest):
    expected = [row for row in rows.tolist() if row[1] - row[0] >= shortest]
    assert drop_short(rows, shortest).tolist() == expected


def test_seconds_become_the_nearest_samples():
    assert to_samples(np.array([[0.1, 0.29999]]), 16000).tolist() == [[1600, 4800]]


@pytest.mark.parametrize("operation", [intersect, difference, symmetric_difference, covered])
def test_memory_grows_with_the_number_of_intervals(operation):
    """Some ten thousand, as in a recording of ten hours: all pairs of them would take 800 MB."""
    one = np.arange(20_000).reshape(-1, 2) * 10
    operation(one[:9], one[:9])
    tracemalloc.start()
    operation(one, one + 5)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 100 * one.nbytes
