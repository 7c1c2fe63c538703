"""Reading audio files of any rate and channel count as mono at one rate."""

import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
import soxr

from vad.corpora.audio.containers import sample_bytes
from vad.corpora.audio.decoder import decoded
from vad.corpora.audio.packets import is_packets
from vad.corpora.audio.pcm import check_bytes, pcm_stream
from vad.corpora.audio.streams import Stream
from vad.corpora.audio.unreadable import check_content
from vad.errors import VadError

# The lower of the network's two rates: below it, half of what the network looks at is missing.
LEAST_RATE_HZ = 8000
# Floats beyond full scale are turned down; beyond 30 dB they are integers.
LOUDEST = 32.0
# A resampler's filter overshoots by less than this headroom of 6 dB.
SAFE_PEAK = 0.5
# A mean of channels this far (energy) below that of unrelated ones is cancelled ...
CANCELLED = 0.1
# ... and a recording of which such stretches have this share of the energy is unusable.
CANCELLED_SHARE = 0.1

# FFmpeg's options to read a WAV to its end, in packets of 1 MiB: 4 GiB are a million of the usual.
WHOLE_WAV = {"ignore_length": "1", "max_size": "1048576"}


@dataclass(frozen=True)
class Header:
    """What is known of an audio file before its samples are used."""

    duration_s: float
    sample_rate: int
    channel_count: int


def read_header(path: Path, channel: int | None = None) -> Header:
    """Length, rate and channels of a file; VadError where `read_audio` finds a fault there.

    Where a header may announce another length than there is, packets or samples are counted.
    """
    with _stream(path, channel) as stream:
        count = stream.count_frames()
        if not count:
            raise _without_samples(path)
        return Header(count / stream.sample_rate, stream.sample_rate, stream.channel_count)


class Layout(NamedTuple):
    """Rate (Hz) and channels of a file, without its length, for which it may have to be decoded."""

    sample_rate: int
    channel_count: int


def read_layout(path: Path) -> Layout:
    """The layout of a file; VadError where it cannot be opened."""
    with _stream(path, None) as stream:
        return Layout(stream.sample_rate, stream.channel_count)


def read_once(
    path: Path, sample_rate: int, block_samples: int, channel: int | None = None
) -> Iterator[np.ndarray]:
    """As `read_blocks`, but decoded once: samples beyond 1 stay as they are, as in a player."""
    for block in _blocks(_resampled(path, sample_rate, channel), block_samples):
        _gain(path, peak_of(block))
        yield block


def read_audio(path: Path, sample_rate: int, channel: int | None = None) -> np.ndarray:
    """All that `read_blocks` gives, as one array: mono float32 [samples]."""
    samples = np.concatenate(list(_resampled(path, sample_rate, channel)))
    return samples * _gain(path, peak_of(samples))


def read_blocks(
    path: Path, sample_rate: int, block_samples: int, channel: int | None = None
) -> Iterator[np.ndarray]:
    """Mono float32 [block_samples] at `sample_rate` (Hz), one after the other; the last is shorter.

    One channel (from 0), or the mean of all. Integer samples become value / 2**(bits - 1); a
    recording with samples beyond 1 is turned down as a whole, by one gain. The resampler runs on
    from block to block, so that joined they are what `read_audio` gives. No more than about two
    blocks are in memory; a recording of several that may exceed 1 is decoded twice.

    Raises:
        VadError: not readable, truncated, without samples, with NaN or infinite samples, or with
            channels that cancel each other; some of it can show at the end alone.
    """
    blocks = _blocks(_resampled(path, sample_rate, channel), block_samples)
    first = list(itertools.islice(blocks, 2))
    gain = _gain(path, peak_of(first[0]))
    if len(first) > 1 and _can_exceed(path, sample_rate):
        gain = _gain(path, _loudest(path, sample_rate, channel))
    for block in itertools.chain(first, blocks):
        yield block if gain == 1 else block * gain


def _blocks(pieces: Iterable[np.ndarray], block_samples: int) -> Iterator[np.ndarray]:
    """`pieces` in blocks of `block_samples`, the last one shorter and not empty."""
    held: list[np.ndarray] = []
    count = 0
    for piece in pieces:
        held.append(piece)
        count += len(piece)
        while count > block_samples:
            joined = np.concatenate(held)
            yield joined[:block_samples]
            held = [joined[block_samples:]]
            count -= block_samples
    yield np.concatenate(held)


def _resampled(path: Path, sample_rate: int, channel: int | None) -> Iterator[np.ndarray]:
    """The pieces that decoding gives at the rate wanted, some of them empty."""
    with _stream(path, channel) as stream:
        resample = _resampler(stream.sample_rate, sample_rate)
        mixdown = Mixdown(path, channel)
        frame_count = 0
        for block in stream.blocks:
            frame_count += len(block)
            yield resample(mixdown.mono(block), False)
        if not frame_count:
            raise _without_samples(path)
        mixdown.check()
        yield resample(np.zeros(0, np.float32), True)


def _can_exceed(path: Path, sample_rate: int) -> bool:
    """Whether samples can exceed full scale: floats, lossy codecs, what a resampler rings."""
    with _opened(path) as stream:
        return not stream.is_integer or stream.sample_rate != sample_rate


def _loudest(path: Path, sample_rate: int, channel: int | None) -> float:
    """The peak at the rate wanted; resampling is left out where it cannot ring beyond 1."""
    with _stream(path, channel) as stream:
        peak = max(peak_of(Mixdown(path, channel).mono(block)) for block in stream.blocks)
    if peak <= SAFE_PEAK:
        return peak
    return float(np.max([peak_of(piece) for piece in _resampled(path, sample_rate, channel)]))


def peak_of(samples: np.ndarray) -> float:
    """The largest magnitude of `samples`, 0 where there are none."""
    return float(max(samples.max(initial=0.0), -samples.min(initial=0.0)))


def _gain(path: Path, peak: float) -> np.float32:
    # The largest floats overflow in the resampler, and their peak is not a number.
    if not peak <= LOUDEST:
        raise VadError(
            f"{path}: samples up to {peak:g}, expected floats of at most 1 (full scale): divide "
            "them by 32768 where they are 16-bit integers"
        )
    return np.float32(1 / max(peak, 1.0))


class Mixdown:
    """One channel of a file, or the mean of all, and how much of it the mean cancels."""

    def __init__(self, path: Path, channel: int | None) -> None:
        self.path, self.channel = path, channel
        self.energy = self.cancelled_energy = 0.0

    def mono(self, block: np.ndarray) -> np.ndarray:
        """float32 [frames] of [frames, channels]; VadError where a sample is not a number."""
        channel_count = block.shape[1]
        if self.channel is not None or channel_count == 1:
            mono = np.ascontiguousarray(block[:, self.channel or 0])
        else:
            # Channel after channel: numpy's mean over an axis this short takes ten times as long.
            mono = sum(block.T) / np.float32(channel_count)
            energy = sum(float(np.dot(one, one)) for one in block.T) / channel_count
            if float(np.vdot(mono, mono)) < CANCELLED * energy / channel_count:
                self.cancelled_energy += energy
            self.energy += energy
        if not np.isfinite(mono).all():
            raise VadError(f"{self.path}: NaN or infinite samples, expected finite ones")
        return mono

    def check(self) -> None:
        """VadError where channels are of opposite sign, so that their mean is silence."""
        if self.cancelled_energy > CANCELLED_SHARE * self.energy:
            raise VadError(
                f"{self.path}: channels of opposite sign cancel each other, expected a card that "
                "takes one of them: 'channel: 0'"
            )


@contextmanager
def _stream(path: Path, channel: int | None) -> Iterator[Stream]:
    # Path.is_file raises OSError for a name that is too long.
    if not os.path.isfile(path):  # noqa: PTH113
        raise VadError(f"{path}: no such audio file")
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise VadError(f"{path}: cannot be read, expected a file name in UTF-8") from error
    with _opened(path) as stream:
        if stream.sample_rate < LEAST_RATE_HZ:
            raise VadError(f"{path}: {stream.sample_rate} Hz, expected {LEAST_RATE_HZ} Hz or more")
        if channel is not None and channel >= stream.channel_count:
            last = stream.channel_count - 1
            raise VadError(f"{path}: no channel {channel}, expected one from 0 to {last}")
        yield stream


@contextmanager
def _opened(path: Path) -> Iterator[Stream]:
    """The stream of a file; VadError where it is damaged, truncated or of no known format."""
    check_content(path)
    samples = sample_bytes(path)
    check_bytes(path, samples)
    is_open_ended = samples is not None and (samples.announced is None or samples.is_longer)
    reason = "its header announces no samples" if is_open_ended else "damaged or no audio"
    file = None
    if not is_open_ended and not is_packets(path):
        try:
            file = soundfile.SoundFile(path)
        # TypeError: soundfile takes '.raw' for headerless samples and asks for their rate.
        except (soundfile.LibsndfileError, TypeError) as error:
            reason = getattr(error, "error_string", reason)
    if file is None:
        with decoded(path, reason, WHOLE_WAV if samples else {}) as stream:
            yield stream
    else:
        with file:
            yield pcm_stream(path, file)


def _without_samples(path: Path) -> VadError:
    return VadError(f"{path}: no samples, expected at least one")


def _resampler(from_hz: int, to_hz: int) -> Callable[[np.ndarray, bool], np.ndarray]:
    """A function (block, is_last) -> block at the other rate; equal rates leave it as it is."""
    if from_hz == to_hz:
        return lambda block, _: block
    stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32")
    return lambda block, is_last: stream.resample_chunk(block, last=is_last)
