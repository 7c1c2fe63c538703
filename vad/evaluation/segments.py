"""Speech segments from window probabilities, by the rules of silero_vad.get_speech_timestamps.

Source of the rules: `silero_vad/utils_vad.py` in the PyPI package silero-vad 6.2.3, without a
limit on the length of a segment. Here they work on whole arrays, for many thresholds at once.
"""

from dataclasses import dataclass

import numpy as np

from vad.silero.geometry import Geometry


@dataclass(frozen=True)
class VadOptions:
    """How probabilities become segments; the names are arguments of get_speech_timestamps.

    Speech starts with a window of at least `threshold`. It ends with the first window below
    `neg_threshold` when such windows come up to `min_silence_duration_ms` later and none of
    `threshold` before. Segments of `min_speech_duration_ms` or less are dropped, the others grow
    by `speech_pad_ms` on each side, or share what is between them.
    """

    threshold: float
    neg_threshold: float
    min_speech_duration_ms: float
    min_silence_duration_ms: float
    speech_pad_ms: float

    def __post_init__(self) -> None:
        if self.neg_threshold > self.threshold:
            raise ValueError(f"exit threshold {self.neg_threshold} is above {self.threshold}")


@dataclass(frozen=True)
class OperatingPoint:
    """How probabilities become decisions: of windows by a threshold, segments by options."""

    window_threshold: float
    options: VadOptions


@dataclass(frozen=True)
class Runs:
    """Windows between an onset and the first one below the exit threshold, int64 [runs] each.

    `row` is the pair of thresholds that made the run, `last_below` the last window below the exit
    threshold before the next onset; an `end` that is the number of windows is the end of audio.
    Sorted by row, then in time.
    """

    row: np.ndarray
    start: np.ndarray
    end: np.ndarray
    last_below: np.ndarray


def speech_segments(
    probabilities: np.ndarray, sample_count: int, geometry: Geometry, options: VadOptions
) -> np.ndarray:
    """Segments of one recording, int64 [segments, 2], start and end in samples.

    `probabilities` is float [windows]; the segments equal those of get_speech_timestamps.
    """
    thresholds = np.array([[options.threshold, options.neg_threshold]])
    runs = threshold_runs(probabilities, thresholds)
    return segments_of_runs(runs, sample_count, geometry, options)[1]


def threshold_runs(probabilities: np.ndarray, thresholds: np.ndarray) -> Runs:
    """Runs of speech in `probabilities` [windows] for each row of `thresholds` [rows, 2].

    A row is the threshold at which speech starts and the one below which it ends.
    """
    # As get_speech_timestamps compares: a float32 0.35 is below 0.35.
    exact = np.asarray(probabilities, np.float64)
    count = len(exact)
    window = np.arange(count, dtype=np.int32)
    enter, leave = thresholds[:, :1], thresholds[:, 1:]
    last_above = np.maximum.accumulate(np.where(exact >= enter, window, -1), axis=1)
    last_below = np.maximum.accumulate(np.where(exact < leave, window, -1), axis=1)
    inside = np.zeros((len(thresholds), count + 2), np.int8)
    inside[:, 1:-1] = last_above > last_below
    edges = np.diff(inside, axis=1)
    row, start = np.nonzero(edges == 1)
    end = np.nonzero(edges == -1)[1]
    next_start = np.append(start[1:], count)
    next_start[is_last(row)] = count
    return Runs(row, start, end, last_below[row, next_start - 1].astype(np.int64))


def segments_of_runs(
    runs: Runs, sample_count: int, geometry: Geometry, options: VadOptions
) -> tuple[np.ndarray, np.ndarray]:
    """Row int64 [segments] and segment int64 [segments, 2] in samples, of runs of any thresholds.

    Only the durations and the padding of `options` are used.
    """
    per_ms = geometry.sample_rate / 1000
    silence = (runs.last_below - runs.end) * geometry.window_samples
    is_closed = silence >= options.min_silence_duration_ms * per_ms
    is_end = is_closed | is_last(runs.row)
    is_start = np.append(True, is_end[:-1])[: len(is_end)]
    end = np.where(is_closed, runs.end * geometry.window_samples, sample_count)[is_end]
    segments = np.stack((runs.start[is_start] * geometry.window_samples, end), axis=1)
    row = runs.row[is_start]
    is_long = segments[:, 1] - segments[:, 0] > options.min_speech_duration_ms * per_ms
    pad = options.speech_pad_ms * per_ms
    return row[is_long], _padded(row[is_long], segments[is_long], sample_count, pad)


def is_last(row: np.ndarray) -> np.ndarray:
    """Which entries of a sorted `row` are the last ones of theirs, bool [entries]."""
    return np.append(row[1:] != row[:-1], True)[: len(row)]


def _padded(row: np.ndarray, segments: np.ndarray, sample_count: int, pad: float) -> np.ndarray:
    """Segments grown by `pad` samples each side, within the audio; near ones meet half way."""
    start, end = segments[:, 0], segments[:, 1]
    before, after = np.floor(start - pad), np.floor(end + pad)
    silence = start[1:] - end[:-1]
    is_shared = (row[1:] == row[:-1]) & (silence < 2 * pad)
    before[1:][is_shared] = (start[1:] - silence // 2)[is_shared]
    after[:-1][is_shared] = (end[:-1] + silence // 2)[is_shared]
    return np.stack((before, after), axis=1).clip(0, sample_count).astype(np.int64)
