"""Coded audio (FLAC, Ogg, MP3, MP4, WebM and whatever else FFmpeg knows), decoded to its end.

libsndfile would believe the length in a header, which of MP3 is an estimate, of Ogg that of the
first of several streams and of FLAC often unknown: it can read too little.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import av
import numpy as np

from vad.corpora.audio.containers import is_shorten
from vad.corpora.audio.packets import ogg_pages, xing_frames
from vad.corpora.audio.streams import BLOCK_FRAMES, Stream, truncated
from vad.corpora.audio.unreadable import to_wav, unreadable
from vad.errors import VadError

# Timestamps may be this much (s) ahead of the samples: containers round them.
GAP_S = 0.1
# Formats with a length in the header that was written when it was known.
MEASURED = ("mov", "matroska", "asf", "avi", "flv", "flac")
# The tag in front of an MP3 file, or inside where files were joined.
ID3 = b"ID3"
INTEGERS = ("pcm_s", "pcm_u", "flac", "alac")


@contextmanager
def decoded(path: Path, reason: str, options: dict[str, str]) -> Iterator[Stream]:
    """The stream of a file that FFmpeg opens with `options`; `reason` is why nothing else did."""
    av.logging.set_level(av.logging.PANIC)
    if is_shorten(path):
        raise VadError(
            f"{path}: SPHERE audio that shorten compressed, expected samples as they are: "
            f"sph2pipe -f wav {path.name} {path.stem}.wav"
        )
    pages = ogg_pages(path)
    if pages and pages.fault:
        raise VadError(f"{path}: {pages.fault}")
    try:
        container = av.open(str(path), options=options)
    except (av.FFmpegError, ValueError) as error:
        raise unreadable(path, reason) from error
    with container:
        audio = container.streams.audio
        if not audio or not audio[0].codec_context:
            raise unreadable(path, "no audio in it that can be decoded")
        if not audio[0].rate or not audio[0].channels:
            raise unreadable(path, "no audio in it")
        if len(audio) > 1:
            raise VadError(
                f"{path}: {len(audio)} audio tracks, expected one: {to_wav(path, '-map 0:a:0')}"
            )
        _check_start(path, container)
        blocks = _cut(joined(_decode(path, container)), pages.vorbis_frames if pages else None)
        is_flac = container.format.name == "flac"
        yield Stream(
            audio[0].rate,
            audio[0].channels,
            partial(_flac_frames, path, container) if is_flac else lambda: sum(map(len, blocks)),
            audio[0].codec_context.name.startswith(INTEGERS),
            blocks,
        )


def _flac_frames(path: Path, container: av.container.InputContainer) -> int:
    """The length by the headers of the packets, where that is the one announced; else decoded."""
    stream = container.streams.audio[0]
    try:
        count = sum(packet.duration or 0 for packet in container.demux(stream))
    except av.FFmpegError as error:
        raise VadError(f"{path}: damaged ({error.strerror})") from error
    if count == stream.duration:
        return round(count * (stream.time_base or 0) * stream.rate)
    with decoded(path, "", {}) as again:
        return sum(map(len, again.blocks))


def _check_start(path: Path, container: av.container.InputContainer) -> None:
    """VadError where sound starts later than the picture: labels count from the picture."""
    starts_s = {
        stream.type: float(stream.start_time * stream.time_base)
        for stream in container.streams
        if stream.start_time is not None and stream.time_base is not None
    }
    late_s = starts_s.get("audio", 0.0) - min(starts_s.values(), default=0.0)
    if late_s > GAP_S:
        raise VadError(
            f"{path}: sound starts {late_s:.2f} s after the picture, labels may count from either: "
            f"{to_wav(path, '-af aresample=async=1:first_pts=0')} fills the gap"
        )


def _decode(path: Path, container: av.container.InputContainer) -> Iterator[av.AudioFrame]:
    """Frames in the order of the file, of one rate and number of channels.

    A last packet that breaks off is passed over, since streams are cut anywhere; another one, a
    gap in the timestamps and a file shorter than its header announces raise VadError.
    """
    stream = container.streams.audio[0]
    if stream.codec_context.name == "flac":
        # Without it a damaged frame becomes noise; with it the frame is missing, which is a gap.
        stream.codec_context.options = {"err_detect": "crccheck+explode"}
    # Each look at a stream or a layout costs as much as a short frame takes to decode.
    sample_rate, channel_count = stream.rate, stream.channels
    clock, packet_count, error = Clock(sample_rate), 0, None
    for packet in _packets(path, container, clock):
        if error and packet.size:
            raise VadError(f"{path}: damaged at {clock.position_s:.2f} s ({error})")
        try:
            frames = packet.decode()
        except av.FFmpegError as raised:
            is_tag = ID3 in bytes(packet)
            error = "a second file follows" if is_tag else raised.strerror
            continue
        packet_count += bool(packet.size)
        for frame in frames:
            if frame.rate != sample_rate or frame.layout.nb_channels != channel_count:
                raise VadError(
                    f"{path}: rate or channels change at {clock.position_s:.2f} s, expected one "
                    f"of each: {to_wav(path)}"
                )
            clock.advance(path, frame)
            yield frame
    _check_length(path, container, clock.position_s, packet_count)


def _packets(
    path: Path, container: av.container.InputContainer, clock: "Clock"
) -> Iterator["av.packet.Packet[av.AudioStream]"]:
    """The packets of the sound; VadError where the container cannot be followed to its end."""
    try:
        yield from container.demux(container.streams.audio[0])
    except av.FFmpegError as error:
        raise VadError(f"{path}: damaged at {clock.position_s:.2f} s ({error.strerror})") from error


class Clock:
    """Where the samples are, held against the timestamps of the container."""

    def __init__(self, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self.start_s: float | None = None
        self.frame_count = self.frames_since_start = 0

    @property
    def position_s(self) -> float:
        return self.frame_count / self.sample_rate

    def advance(self, path: Path, frame: av.AudioFrame) -> None:
        """Count a frame; VadError where its timestamp is ahead. One that is behind starts anew."""
        if (time_s := frame.time) is not None:
            if self.start_s is None:
                self.start_s = time_s
            ahead_s = time_s - self.start_s - self.frames_since_start / self.sample_rate
            if ahead_s > GAP_S:
                raise VadError(
                    f"{path}: a gap of {ahead_s:.2f} s at {self.position_s:.2f} s, samples are "
                    f"missing: {to_wav(path, '-af aresample=async=1')} fills it"
                )
            if ahead_s < -GAP_S:
                self.start_s, self.frames_since_start = time_s, 0
        self.frame_count += frame.samples
        self.frames_since_start += frame.samples


def _check_length(
    path: Path, container: av.container.InputContainer, length_s: float, packet_count: int
) -> None:
    """VadError where a header that was written at the end announces more than there is."""
    if not length_s:
        return
    announced = xing_frames(path) if container.format.name == "mp3" else None
    if announced is not None and packet_count < announced:
        raise truncated(path, f"{announced} frames", f"{packet_count}")
    stream = container.streams.audio[0]
    if container.format.name.startswith(MEASURED) and stream.duration is not None:
        announced_s = float(stream.duration * (stream.time_base or 0))
        slack_s = 0.5 / stream.rate if container.format.name == "flac" else 2 * GAP_S
        if announced_s > length_s + slack_s:
            raise truncated(path, f"{announced_s:.2f} s", f"{length_s:.2f} s")


def as_float(frame: av.AudioFrame) -> np.ndarray:
    """The samples of a decoded frame, float32 [frames, channels], full scale is 1."""
    values = frame.to_ndarray()
    values = values.T if frame.format.is_planar else values.reshape(frame.samples, -1)
    if values.dtype == np.uint8:
        return (values.astype(np.float32) - 128) / np.float32(128)
    scale = {"i2": 2**15, "i4": 2**31, "i8": 2**63}.get(values.dtype.str[1:])
    return (values / scale if scale else values).astype(np.float32, copy=False)


def joined(frames: Iterator[av.AudioFrame]) -> Iterator[np.ndarray]:
    """`frames` in blocks of about BLOCK_FRAMES, float32 [frames, channels] each.

    They are joined as they are: an array of each would cost as much as its decoding.
    """
    fifo = av.AudioFifo()
    for frame in frames:
        # Else it would have to follow on the frame before, and containers round.
        frame.pts = None
        try:
            fifo.write(frame)
        except ValueError:
            # Samples of another type, or channels in other places.
            yield from _emptied(fifo)
            fifo = av.AudioFifo()
            fifo.write(frame)
        if fifo.samples >= BLOCK_FRAMES:
            yield from _emptied(fifo)
    yield from _emptied(fifo)


def _emptied(fifo: av.AudioFifo) -> Iterator[np.ndarray]:
    """All that `fifo` holds, as one block; none where it is empty."""
    frame = fifo.read()
    if frame is not None:
        yield as_float(frame)


def _cut(blocks: Iterator[np.ndarray], frame_count: int | None) -> Iterator[np.ndarray]:
    """The first `frame_count` frames of `blocks`, all of them where it is None."""
    position = 0
    for block in blocks:
        yield block if frame_count is None else block[: max(frame_count - position, 0)]
        position += len(block)
