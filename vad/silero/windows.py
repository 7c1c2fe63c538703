"""Cutting audio into the network's windows."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from vad.silero.geometry import Geometry


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
