"""Cutting audio, and the labels of audio, into the network's windows."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from vad.intervals import covered_before
from vad.silero.geometry import Geometry

# A window belongs to the class that covers at least so much of it.
COVERED_SHARE = 0.5


def window_count(sample_count: int, geometry: Geometry) -> int:
    """Windows that cover `sample_count` samples; the last one may be part silence."""
    return -(-sample_count // geometry.window_samples)


def frame_windows(audio: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Windows with their context, as a client feeds them one by one.

    `audio` [samples] gives float32 [windows, context + window samples]; int16 is scaled to
    -1..1. The first context is silence, and so is what the last window lacks.
    """
    count = window_count(len(audio), geometry)
    padded = np.zeros(geometry.context_samples + count * geometry.window_samples, np.float32)
    placed = padded[geometry.context_samples :][: len(audio)]
    placed[:] = audio
    if audio.dtype == np.int16:
        placed /= 32768
    if not count:
        return np.zeros((0, geometry.input_samples), np.float32)
    return sliding_window_view(padded, geometry.input_samples)[:: geometry.window_samples]


def covered_share(intervals: np.ndarray, count: int, geometry: Geometry) -> np.ndarray:
    """Share of each of the first `count` windows that the intervals cover, float64 [windows].

    `intervals` are in samples, int64 [intervals, 2], sorted and disjoint.
    """
    edges = np.arange(count + 1) * geometry.window_samples
    return np.diff(covered_before(edges, intervals)) / geometry.window_samples


def covered_windows(intervals: np.ndarray, count: int, geometry: Geometry) -> np.ndarray:
    """Windows of which the intervals cover at least COVERED_SHARE, bool [windows]."""
    return covered_share(intervals, count, geometry) >= COVERED_SHARE
