"""Features of prepared audio, computed once and kept in a file.

The encoder layers below those that learn stay as published, so an epoch needs no audio at all.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from vad.prepared import Clip, Clips
from vad.progress import tracked
from vad.silero.geometry import Geometry
from vad.silero.network import SileroVad
from vad.silero.resampling import resampled
from vad.silero.windows import frame_windows
from vad.tuning.process_group import ProcessGroup
from vad.tuning.stored import StoredRows, written_rows

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
    encoder give, in memory or in a file; `targets`, float32 [windows], are the labels, or what is
    learned in their place; `annotated` is bool [windows]; `clips` are the rows of each clip.
    """

    values: np.ndarray | StoredRows
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
    clips: Sequence[Clip] | Clips,
    geometry: Geometry,
    path: Path,
    group: ProcessGroup,
    release: Callable[[], None] = lambda: None,
) -> Features:
    """Features of `clips` after `layer_count` encoder layers, stored in a file at `path`.

    `geometry` is that of the clips, which are resampled where the network has another rate.
    `release` is called after each clip: it may give back the memory of audio that has been read.
    The first process of the group writes it; a file that is there already is taken as it is. The
    values do not depend on the number of threads: each block is computed by one.
    """
    labels, masks = [np.zeros(0, bool)], [np.zeros(0, bool)]
    for clip in clips:
        labels.append(clip.speech_windows(geometry))
        masks.append(clip.annotated_windows(geometry))
    edges = np.cumsum([len(label) for label in labels], dtype=int).tolist()
    spans = [Span(*pair) for pair in itertools.pairwise(edges)]
    if group.is_first and not path.exists():
        _write(
            network, layer_count, clips, spans, geometry.sample_rate, path, group.threads, release
        )
    group.wait()
    targets = np.concatenate(labels).astype(np.float32)
    return Features(StoredRows(path), layer_count, targets, np.concatenate(masks), spans)


def _write(
    network: SileroVad,
    layer_count: int,
    clips: Sequence[Clip] | Clips,
    spans: list[Span],
    sample_rate: int,
    path: Path,
    threads: Executor,
    release: Callable[[], None],
) -> None:
    device = network.stft_basis.device
    silence = torch.zeros(1, network.geometry.input_samples, device=device)
    shape = network.encode_first(silence, layer_count).shape[1:]
    with written_rows(path, (spans[-1].stop, *shape)) as write:

        def encode(number: int) -> None:
            clip, first = clips[number], spans[number].start
            samples = resampled(clip.samples, sample_rate, network.geometry.sample_rate)
            windows = frame_windows(samples, network.geometry)
            for start in range(0, len(windows), BLOCK_WINDOWS):
                block = torch.tensor(windows[start : start + BLOCK_WINDOWS], device=device)
                with torch.no_grad():
                    features = network.encode_first(block, layer_count)
                write(first + start, features.cpu().numpy())
            release()

        done = threads.map(encode, range(len(clips)))
        for _ in tracked(done, f"finetune: encode {path.stem}", len(clips), "clips"):
            pass
