"""The published network over one recording at several levels and shifts, in flat memory.

A label may look ahead and may cost more than a window per window. The same audio a quarter of a
window later, or 6 dB louder, gives other probabilities; their mean errs less than each.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view

from vad.silero.geometry import Geometry
from vad.silero.network import SileroVad, published_network
from vad.silero.windows import window_count

GAINS_DB = (-6.0, 0.0, 6.0)
# Passes at each gain: shifted by no, one, two and three quarters of a window.
SHIFTS = 4
# Windows of silence after the end, so that the last windows have what follows them.
AFTER_WINDOWS = 3
# Windows of one block of audio; about 8 s.
BLOCK_WINDOWS = 256


@dataclass(frozen=True)
class Passes:
    """What all passes gave for one recording of `sample_count` samples.

    `logits`, float32 [quarters], is their mean where a window ends after each quarter of a window,
    from the first on; `spread`, float32 [windows], the standard deviation of their probabilities.
    """

    logits: np.ndarray
    spread: np.ndarray
    sample_count: int


@lru_cache(maxsize=2)
def teacher_network(sample_rate: int) -> SileroVad:
    """The published branch, one for each process."""
    torch.set_num_threads(1)
    return published_network(sample_rate)


def passes(network: SileroVad, blocks: Iterable[np.ndarray]) -> Passes:
    """The passes over `blocks`, float32 [BLOCK_WINDOWS windows] each, the last one shorter."""
    parts, state, count = [], None, 0
    for windows, sample_count in _shifted_windows(blocks, network.geometry):
        with torch.no_grad():
            rows = torch.from_numpy(windows)
            features = network.encode(rows.flatten(0, 1)).view(*rows.shape[:2], -1)
            logits, state = network.decode(features, state)
        parts.append(logits.numpy())
        count += sample_count
    by_gain = np.concatenate(parts, axis=1).reshape(len(GAINS_DB), SHIFTS, -1)
    probabilities = 1 / (1 + np.exp(-by_gain[..., : window_count(count, network.geometry)]))
    # Window n of the pass that is shifted by q quarters ends after 4 (n + 1) - q of them.
    quarters = by_gain.mean(axis=0)[::-1].T.reshape(-1)
    return Passes(quarters, probabilities.std(axis=(0, 1)), count)


def _shifted_windows(
    blocks: Iterable[np.ndarray], geometry: Geometry
) -> Iterator[tuple[np.ndarray, int]]:
    """Windows with context, float32 [gains * shifts, windows, samples], and new samples of each."""
    size, context = geometry.window_samples, geometry.context_samples
    quarter = size // SHIFTS
    history = np.zeros((SHIFTS - 1) * quarter + context, np.float32)
    gains = np.float32(10) ** (np.array(GAINS_DB, np.float32) / 20)
    silence = np.zeros(AFTER_WINDOWS * size, np.float32)
    for block, sample_count in chain(((block, len(block)) for block in blocks), [(silence, 0)]):
        count = window_count(len(block), geometry)
        padded = np.concatenate((history, block, np.zeros(count * size - len(block), np.float32)))
        starts = len(history) - context - quarter * np.arange(SHIFTS)
        shifted = np.stack(
            [
                sliding_window_view(padded[start:], context + size)[::size][:count]
                for start in starts
            ]
        )
        yield (
            (gains[:, None, None, None] * shifted).reshape(-1, count, context + size),
            sample_count,
        )
        history = padded[-len(history) :]
