"""Encoder features of prepared audio, computed once and mapped into memory.

The encoder stays as published while the decoder learns, so an epoch needs no audio at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
import torch
from tqdm import tqdm

from vad.geometry import STATE_SIZE
from vad.network import SileroVad
from vad.prepared import Clip
from vad.windows import frame_windows, window_count

# 512 windows, 16 s, go through the encoder at once: their activations stay in cache.
BLOCK_WINDOWS = 512


@dataclass(frozen=True)
class Span:
    """A stretch of consecutive windows of one clip, as rows of the feature array."""

    start: int
    stop: int


@dataclass(frozen=True)
class Features:
    """Features float32 [windows, 128] of several clips, one after another, with their labels.

    `speech` and `annotated` are bool [windows]; `clips` are the rows of each clip.
    """

    values: np.ndarray
    speech: np.ndarray
    annotated: np.ndarray
    clips: list[Span]

    def sequences(self, window_count: int) -> Iterator[Span]:
        """The clips cut into stretches of at most `window_count` windows."""
        for clip in self.clips:
            for start in range(clip.start, clip.stop, window_count):
                yield Span(start, min(start + window_count, clip.stop))


def encode_clips(
    network: SileroVad, clips: list[Clip], path: Path, worker_count: int, title: str
) -> Features:
    """Features of `clips`, in a file at `path` that is mapped into memory.

    The values do not depend on the number of workers: each block is computed by one thread.
    """
    counts = [window_count(len(clip.samples), network.geometry) for clip in clips]
    stops = np.cumsum(counts)
    spans = [Span(int(stop) - count, int(stop)) for stop, count in zip(stops, counts, strict=True)]
    values = np.lib.format.open_memmap(path, "w+", np.float32, (sum(counts), STATE_SIZE))

    def encode(clip: Clip, span: Span) -> None:
        windows = frame_windows(clip.samples, network.geometry)
        for start in range(0, len(windows), BLOCK_WINDOWS):
            block = torch.tensor(windows[start : start + BLOCK_WINDOWS])
            first = span.start + start
            with torch.no_grad():
                values[first : first + len(block)] = network.encode(block).numpy()

    tasks = zip(clips, tqdm(spans, title, unit="clip", disable=None), strict=True)
    joblib.Parallel(n_jobs=worker_count, prefer="threads")(
        joblib.delayed(encode)(clip, span) for clip, span in tasks
    )
    return Features(
        values,
        np.concatenate([clip.speech_windows(network.geometry) for clip in clips]),
        np.concatenate([clip.annotated_windows(network.geometry) for clip in clips]),
        spans,
    )
