"""Features of prepared audio, computed once and mapped into memory.

The encoder layers below those that learn stay as published, so an epoch needs no audio at all.
"""

import os
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from vad.prepared import Clip
from vad.progress import tracked
from vad.silero.geometry import Geometry
from vad.silero.network import SileroVad
from vad.silero.resampling import resampled
from vad.silero.windows import frame_windows, window_count
from vad.tuning.process_group import ProcessGroup

# 512 windows, 16 s, go through the encoder at once: their activations stay in cache.
BLOCK_WINDOWS = 512


@dataclass(frozen=True)
class Span:
    """A stretch of consecutive windows of one clip, as rows of the feature array."""

    start: int
    stop: int


@dataclass(frozen=True)
class Features:
    """Features of several clips, one after another, with their labels.

    `values` is float32 [windows, channels, frames], what the first `layer_count` layers of the
    encoder give; `targets`, float32 [windows], are the labels, or what is learned in their place;
    `annotated` is bool [windows]; `clips` are the rows of each clip.
    """

    values: np.ndarray
    layer_count: int
    targets: np.ndarray
    annotated: np.ndarray
    clips: list[Span]

    @property
    def speech(self) -> np.ndarray:
        """Windows that are speech, bool [windows]."""
        return self.targets >= 0.5

    def with_targets(self, targets: np.ndarray) -> "Features":
        """The same with other targets, float32 [windows]."""
        return replace(self, targets=targets)

    def sequences(self, window_count: int) -> Iterator[Span]:
        """The clips cut into stretches of at most `window_count` windows."""
        for clip in self.clips:
            for start in range(clip.start, clip.stop, window_count):
                yield Span(start, min(start + window_count, clip.stop))


def encode_clips(
    network: SileroVad,
    layer_count: int,
    clips: list[Clip],
    geometry: Geometry,
    path: Path,
    group: ProcessGroup,
) -> Features:
    """Features of `clips` after `layer_count` encoder layers, mapped from a file at `path`.

    `geometry` is that of the clips, which are resampled where the network has another rate.
    The first process of the group writes it; a file that is there already is taken as it is. The
    values do not depend on the number of threads: each block is computed by one.
    """
    counts = [window_count(len(clip.samples), geometry) for clip in clips]
    stops = np.cumsum(counts, dtype=int)
    spans = [Span(int(stop) - count, int(stop)) for stop, count in zip(stops, counts, strict=True)]
    if group.is_first and not path.exists():
        tasks = list(zip(clips, spans, strict=True))
        _write(network, layer_count, tasks, geometry.sample_rate, path, group.threads)
    group.wait()
    labels = [clip.speech_windows(geometry) for clip in clips]
    masks = [clip.annotated_windows(geometry) for clip in clips]
    none = np.zeros(0, bool)
    return Features(
        np.load(path, mmap_mode="r"),
        layer_count,
        np.concatenate([none, *labels]).astype(np.float32),
        np.concatenate([none, *masks]),
        spans,
    )


def _write(
    network: SileroVad,
    layer_count: int,
    tasks: list[tuple[Clip, Span]],
    sample_rate: int,
    path: Path,
    threads: Executor,
) -> None:
    """The file appears once all of it is there."""
    draft = path.with_suffix(".draft")
    device = network.stft_basis.device
    silence = torch.zeros(1, network.geometry.input_samples, device=device)
    shape = network.encode_first(silence, layer_count).shape[1:]
    window_total = sum(span.stop - span.start for _, span in tasks)
    values = np.lib.format.open_memmap(draft, "w+", np.float32, (window_total, *shape))
    # A full disk raises an error here; a write to mapped memory would raise a signal.
    with draft.open("rb+") as file:
        try:
            os.posix_fallocate(file.fileno(), 0, draft.stat().st_size)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(draft)) from error

    def encode(task: tuple[Clip, Span]) -> None:
        clip, span = task
        samples = resampled(clip.samples, sample_rate, network.geometry.sample_rate)
        windows = frame_windows(samples, network.geometry)
        for start in range(0, len(windows), BLOCK_WINDOWS):
            block = torch.tensor(windows[start : start + BLOCK_WINDOWS], device=device)
            first = span.start + start
            with torch.no_grad():
                features = network.encode_first(block, layer_count)
            values[first : first + len(block)] = features.cpu().numpy()

    done = threads.map(encode, tasks)
    for _ in tracked(done, f"finetune: encode {path.stem}", len(tasks), "clips"):
        pass
    values.flush()
    draft.replace(path)
