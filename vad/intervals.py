"""Sets of intervals: arrays [intervals, 2] of start and end, sorted and disjoint.

The unit is the caller's: int64 where it is samples, float64 where it is seconds. An interval holds
its start and not its end. Nothing here compares all pairs: work and memory grow with the number of
intervals, except for the sorting of `unite` and for binary searches.
"""

from collections.abc import Iterable, Sequence

import numpy as np


def unite(pairs: Iterable[tuple[float, float]] | np.ndarray) -> np.ndarray:
    """The union of `pairs` of start and end in any order; intervals that touch become one.

    Pairs that are empty or end before they start are dropped. An array keeps its dtype, other
    pairs become float64.
    """
    array = pairs if isinstance(pairs, np.ndarray) else np.array(list(pairs), np.float64)
    array = array.reshape(-1, 2)
    array = array[array[:, 1] > array[:, 0]]
    array = array[np.argsort(array[:, 0], kind="stable")]
    reached = np.maximum.accumulate(array[:, 1])
    is_first = np.append(True, array[1:, 0] > reached[:-1])[: len(array)]
    is_last = np.append(is_first[1:], True)[: len(array)]
    return np.stack((array[is_first, 0], reached[is_last]), axis=1)


def intersect(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where intervals of both hold."""
    first, stop = overlapping(one, other)
    counts = np.maximum(stop - first, 0)
    row = np.repeat(np.arange(len(one)), counts)
    # The partners of a row are consecutive: count up from its first one.
    partner = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts - first, counts)
    starts = np.maximum(one[row, 0], other[partner, 0])
    ends = np.minimum(one[row, 1], other[partner, 1])
    return unite(np.stack((starts, ends), axis=1))


def difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where intervals of `one` hold and none of `other` does."""
    if not len(one):
        return one
    edges = np.concatenate((one[:1, 0], other.ravel(), one[-1:, 1]))
    gaps = edges.reshape(-1, 2)
    return intersect(one, gaps[gaps[:, 1] > gaps[:, 0]])


def symmetric_difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where intervals of exactly one of the two hold."""
    return unite(np.concatenate((difference(one, other), difference(other, one))))


def overlapping(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First row of `other` that overlaps each of `one`, and the row after the last.

    int64 [intervals of one] each; where nothing overlaps, the second is not above the first.
    """
    first = np.searchsorted(other[:, 1], one[:, 0], side="right")
    return first, np.searchsorted(other[:, 0], one[:, 1], side="left")


def overlap_counts(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How many intervals of `other` overlap each of `one`: int64 [intervals of one]."""
    first, stop = overlapping(one, other)
    return np.maximum(stop - first, 0)


def inside(points: np.ndarray, intervals: np.ndarray) -> np.ndarray:
    """Which of `points` lie in one of the intervals: bool [points]."""
    started = np.searchsorted(intervals[:, 0], points, side="right")
    return started > np.searchsorted(intervals[:, 1], points, side="right")


def total(intervals: np.ndarray) -> np.number:
    """The length of all intervals together."""
    return np.sum(intervals[:, 1] - intervals[:, 0])


def covered_before(points: np.ndarray, intervals: np.ndarray) -> np.ndarray:
    """What the intervals cover before each of `points`, in the shape of `points`."""
    started = np.searchsorted(intervals[:, 0], points, side="right")
    lengths = np.cumsum(intervals[:, 1] - intervals[:, 0], dtype=intervals.dtype)
    zero = np.zeros(1, intervals.dtype)
    last_end = np.concatenate((zero, intervals[:, 1]))[started]
    ahead = np.where(started > 0, np.maximum(last_end - points, 0), 0)
    return np.concatenate((zero, lengths))[started] - ahead


def covered(intervals: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """What `cover` covers of each of `intervals`, which may overlap: [intervals]."""
    return np.diff(covered_before(intervals, cover), axis=1)[:, 0]


def clip(intervals: np.ndarray, start: float, end: float) -> np.ndarray:
    """What of the intervals lies between `start` and `end`."""
    cut = np.clip(intervals, start, end)
    return cut[cut[:, 1] > cut[:, 0]]


def join(parts: Sequence[np.ndarray], offsets: Sequence[int]) -> np.ndarray:
    """The intervals of consecutive parts in one array, each part shifted by its offset."""
    return np.concatenate([part + offset for part, offset in zip(parts, offsets, strict=True)])


def merge_gaps(intervals: np.ndarray, longest: float) -> np.ndarray:
    """The intervals with gaps of at most `longest` closed."""
    if not len(intervals):
        return intervals
    is_wide = intervals[1:, 0] - intervals[:-1, 1] > longest
    starts, ends = np.append(True, is_wide), np.append(is_wide, True)
    return np.stack((intervals[starts, 0], intervals[ends, 1]), axis=1)


def drop_short(intervals: np.ndarray, shortest: float) -> np.ndarray:
    """The intervals of at least `shortest`."""
    return intervals[intervals[:, 1] - intervals[:, 0] >= shortest]


def to_samples(intervals_s: np.ndarray, sample_rate: int) -> np.ndarray:
    """Intervals in seconds as int64 samples, each end rounded to the nearest one."""
    return np.rint(np.asarray(intervals_s) * sample_rate).astype(np.int64)


def to_mask(intervals: np.ndarray, length: int) -> np.ndarray:
    """Which of the first `length` samples the intervals (int64, from 0 on) hold: bool [length]."""
    steps = np.zeros(length + 1, np.int8)
    np.add.at(steps, intervals[:, 0].clip(max=length), 1)
    np.add.at(steps, intervals[:, 1].clip(max=length), -1)
    return np.cumsum(steps[:length], dtype=np.int8).astype(bool)


def from_mask(mask: np.ndarray) -> np.ndarray:
    """Intervals int64 [intervals, 2] of the runs of True in bool [samples]."""
    edges = np.diff(mask.astype(np.int8), prepend=0, append=0)
    return np.stack((np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)), axis=1)
