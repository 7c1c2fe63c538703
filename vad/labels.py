"""Speech intervals and the labels of the network's windows.

Intervals are float64 [intervals, 2], start and end in seconds, sorted and disjoint once united.
"""

from collections.abc import Iterable

import numpy as np

SPEECH_SHARE = 0.5


def unite(pairs: Iterable[tuple[float, float]]) -> np.ndarray:
    """The union of `pairs` of start and end (s): [intervals, 2], sorted, disjoint, not touching."""
    united: list[list[float]] = []
    for start, end in sorted(pairs):
        if united and start <= united[-1][1]:
            united[-1][1] = max(united[-1][1], end)
        elif end > start:
            united.append([start, end])
    return np.array(united, np.float64).reshape(-1, 2)


def merge_gaps(intervals: np.ndarray, gap_s: float) -> np.ndarray:
    """Intervals [intervals, 2] whose gaps of at most `gap_s` are closed."""
    if len(intervals) == 0:
        return intervals
    wide = intervals[1:, 0] - intervals[:-1, 1] > gap_s
    starts = np.concatenate(([True], wide))
    ends = np.concatenate((wide, [True]))
    return np.stack((intervals[starts, 0], intervals[ends, 1]), axis=1)


def drop_short(intervals: np.ndarray, shortest_s: float) -> np.ndarray:
    """Intervals [intervals, 2] of at least `shortest_s`."""
    return intervals[intervals[:, 1] - intervals[:, 0] >= shortest_s]


def smoothed(intervals: np.ndarray, merge_gap_ms: float, shortest_ms: float) -> np.ndarray:
    """Speech [intervals, 2] with short pauses counted in, then without short bursts."""
    return drop_short(merge_gaps(intervals, merge_gap_ms / 1000), shortest_ms / 1000)


def intersect(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where intervals of both hold: [intervals, 2]."""
    starts = np.maximum(one[:, None, 0], other[None, :, 0])
    ends = np.minimum(one[:, None, 1], other[None, :, 1])
    return unite(zip(starts.ravel(), ends.ravel(), strict=True))


def to_samples(intervals: np.ndarray, sample_rate: int) -> np.ndarray:
    """Intervals in samples, int64 [intervals, 2], each end rounded to the nearest sample."""
    return np.rint(np.asarray(intervals) * sample_rate).astype(np.int64)


def covered_share(intervals: np.ndarray, window_count: int, window_samples: int) -> np.ndarray:
    """Share of each window that the intervals cover, float64 [windows].

    `intervals` are in samples, int64 [intervals, 2], disjoint.
    """
    covered = np.zeros(window_count + 1)
    for start, end in intervals:
        first, last = divmod(int(start), window_samples), divmod(int(end), window_samples)
        covered[: window_count + 1][first[0]] -= first[1]
        covered[min(last[0], window_count)] += last[1]
        covered[first[0] : last[0]] += window_samples
    return covered[:window_count] / window_samples


def is_covered(intervals: np.ndarray, window_count: int, window_samples: int) -> np.ndarray:
    """Windows of which the intervals cover at least half, bool [windows]."""
    return covered_share(intervals, window_count, window_samples) >= SPEECH_SHARE
