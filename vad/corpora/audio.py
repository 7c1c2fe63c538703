"""Reading audio files of any rate and channel count as mono at one rate."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile
import soxr

from vad.errors import VadError

BLOCK_FRAMES = 2**16
# The lower of the network's two rates: below it, half of what the network looks at is missing.
LEAST_RATE_HZ = 8000

# A wav header from a pipe, whose writer could not know the length, declares about 2 or 4 GiB.
UNKNOWN_BYTES = 0x7FFF0000
# libsndfile shortens the count of such files by itself and tells it in its log alone.
SHORT_WAV = re.compile(r"^data\s*: (\d+) \(should be (\d+)\)", re.MULTILINE)
SHORT_OGG = "Last page lacks an end-of-stream"


class ForwardFile(soundfile.SoundFile):  # type: ignore[misc]
    """A file that is read from its start to its end.

    A file that can seek does so after each block, to where it is already. An MP3 decoder loses
    its bit reservoir by that: some 20 ms after each block would be wrong.
    """

    def seekable(self) -> bool:
        """Never, so that it is not done."""
        return False


def read_audio(path: Path, sample_rate: int, channel: int | None = None) -> np.ndarray:
    """All that `read_blocks` gives, as one array: mono float32 [samples]."""
    return np.concatenate(list(_resampled(path, sample_rate, channel)))


def read_blocks(
    path: Path, sample_rate: int, block_samples: int, channel: int | None = None
) -> Iterator[np.ndarray]:
    """Mono float32 [block_samples] at `sample_rate` (Hz), one after the other; the last is shorter.

    One channel (from 0), or the mean of all. Integer samples become value / 2**(bits - 1). The
    resampler runs on from block to block, so that joined they are what `read_audio` gives. No
    more than about one block is in memory.

    Raises:
        VadError: not readable, truncated, without samples, or with NaN or infinite samples; what
            is truncated can show at the end alone.
    """
    held: list[np.ndarray] = []
    count = 0
    for piece in _resampled(path, sample_rate, channel):
        held.append(piece)
        count += len(piece)
        while count > block_samples:
            joined = np.concatenate(held)
            yield joined[:block_samples]
            held = [joined[block_samples:]]
            count -= block_samples
    yield np.concatenate(held)


def _resampled(path: Path, sample_rate: int, channel: int | None) -> Iterator[np.ndarray]:
    """The pieces that decoding BLOCK_FRAMES at a time gives, some of them empty."""
    with _opened(path, channel) as file:
        resample = _resampler(file.samplerate, sample_rate)
        frame_count = 0
        while len(block := file.read(BLOCK_FRAMES, dtype="float32", always_2d=True)):
            mono = _to_mono(block, channel)
            if not np.isfinite(mono).all():
                raise VadError(f"{path}: NaN or infinite samples, expected finite ones")
            frame_count += len(block)
            yield resample(mono, False)
        if frame_count < file.frames:
            raise _truncated(path, f"{file.frames} samples", f"{frame_count}")
        yield resample(np.zeros(0, np.float32), True)


def audio_duration_s(path: Path, channel: int | None = None) -> float:
    """Length in seconds by the header; VadError where `read_audio` finds a fault there."""
    with _opened(path, channel) as file:
        return float(file.frames / file.samplerate)


@contextmanager
def _opened(path: Path, channel: int | None) -> Iterator[ForwardFile]:
    # Path.is_file raises OSError for a name that is too long.
    if not os.path.isfile(path):  # noqa: PTH113
        raise VadError(f"{path}: no such audio file")
    try:
        with ForwardFile(path) as file:
            _check_header(path, file, channel)
            yield file
    except UnicodeEncodeError as error:
        raise VadError(f"{path}: cannot be read, expected a file name in UTF-8") from error
    # TypeError: soundfile takes '.raw' for headerless samples and asks for their rate.
    except (soundfile.LibsndfileError, TypeError) as error:
        reason = getattr(error, "error_string", "") or "damaged or no audio"
        raise VadError(
            f"{path}: cannot be read as audio ({reason.rstrip('.')}), "
            "expected wav, flac, ogg, opus or mp3"
        ) from error


def _check_header(path: Path, file: ForwardFile, channel: int | None) -> None:
    short = SHORT_WAV.search(file.extra_info)
    if short and int(short[1]) < UNKNOWN_BYTES:
        raise _truncated(path, f"{short[1]} bytes of samples", short[2])
    if SHORT_OGG in file.extra_info:
        raise _truncated(path, "a last page", "none")
    if not file.frames:
        raise VadError(f"{path}: no samples, expected at least one")
    if file.samplerate < LEAST_RATE_HZ:
        raise VadError(f"{path}: {file.samplerate} Hz, expected {LEAST_RATE_HZ} Hz or more")
    if channel is not None and channel >= file.channels:
        raise VadError(f"{path}: no channel {channel}, expected one from 0 to {file.channels - 1}")


def _truncated(path: Path, expected: str, found: str) -> VadError:
    return VadError(f"{path}: truncated, its header announces {expected}, found {found}")


def _to_mono(block: np.ndarray, channel: int | None) -> np.ndarray:
    """One column of [frames, channels], or their mean: [frames], contiguous."""
    if channel is None and block.shape[1] > 1:
        # Channel after channel: numpy's mean over an axis this short takes ten times as long.
        return sum(block.T) / np.float32(block.shape[1])
    return np.ascontiguousarray(block[:, channel or 0])


def _resampler(from_hz: int, to_hz: int) -> Callable[[np.ndarray, bool], np.ndarray]:
    """A function (block, is_last) -> block at the other rate; equal rates leave it as it is."""
    if from_hz == to_hz:
        return lambda block, _: block
    stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32")
    return lambda block, is_last: stream.resample_chunk(block, last=is_last)
