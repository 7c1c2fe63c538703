"""What an open audio file gives: its frames, once, from its start to its end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vad.errors import VadError

BLOCK_FRAMES = 2**16


@dataclass(frozen=True)
class Stream:
    """An open audio file, read once from its start to its end.

    `count_frames` may have to read the file for it, after which there are no `blocks`. They are
    float32 [frames, channels]; `is_integer` holds where no sample can exceed full scale.
    """

    sample_rate: int
    channel_count: int
    count_frames: Callable[[], int]
    is_integer: bool
    blocks: Iterator[np.ndarray]


def truncated(path: Path, announced: str, present: str) -> VadError:
    """The fault of a file that is shorter than it should be."""
    return VadError(f"{path}: truncated, its header announces {announced}, found {present}")
