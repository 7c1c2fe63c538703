"""Damaged audio files of every format: samples as the header announces them, or our own error."""

import random
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from vad.corpora.audio import read_audio, read_header
from vad.errors import VadError

RATE = 16000
SAMPLES = 0.1 * np.random.default_rng(0).standard_normal((RATE // 2, 2)).clip(-1, 1)
BY_SOUNDFILE = ("wav", "rf64", "aiff", "au", "w64", "caf", "flac", "ogg", "mp3")
# Of the muxers of FFmpeg, with the codec.
BY_FFMPEG = {"m4a": "aac", "webm": "libopus", "mkv": "aac"}
HEAD_BYTES = 120
LONGEST_MESSAGE = 2000


def written(folder: Path, suffix: str) -> bytes:
    """A short recording in two channels."""
    path = folder / f"whole.{suffix}"
    if suffix in BY_SOUNDFILE:
        soundfile.write(path, SAMPLES, RATE, format=suffix.upper())
        return path.read_bytes()
    with av.open(str(path), "w") as container:
        stream = container.add_stream(BY_FFMPEG[suffix], rate=RATE, layout="stereo")
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(SAMPLES.T, np.float32), format="fltp", layout="stereo"
        )
        frame.sample_rate = RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return path.read_bytes()


def damaged(data: bytes, draw: random.Random) -> bytes:
    """`data` cut off, with other bytes in its head or anywhere, or with bytes more or less."""
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 3, 10))):
        place = draw.randrange(min(len(changed), draw.choice((HEAD_BYTES, len(changed)))))
        match draw.choice(("byte", "byte", "number", "more", "less", "end")):
            case "byte":
                changed[place] = draw.randrange(256)
            case "number":
                changed[place : place + 4] = draw.choice((b"\0" * 4, b"\xff" * 4, b"\x7f" * 4))
            case "more":
                changed[place:place] = draw.randbytes(draw.randrange(1, 40))
            case "less":
                del changed[max(1, place) : place + draw.randrange(1, 40)]
            case "end":
                del changed[max(1, place) :]
    return bytes(changed)


@pytest.mark.parametrize("suffix", [*BY_SOUNDFILE, *BY_FFMPEG])
@pytest.mark.parametrize("count", [8, pytest.param(100, marks=pytest.mark.slow)])
def test_a_damaged_file_is_read_whole_or_is_a_fault(tmp_path, suffix, count):
    data, draw = written(tmp_path, suffix), random.Random(suffix)
    path = tmp_path / f"a.{suffix}"
    messages = []
    for _ in range(count):
        path.write_bytes(damaged(data, draw))
        try:
            header, samples = read_header(path), read_audio(path, RATE)
        except VadError as error:
            messages.append(str(error))
            continue
        assert len(samples) == pytest.approx(header.duration_s * RATE, abs=1)
        assert np.isfinite(samples).all()
        assert abs(samples).max() <= 1
    assert messages
    assert all(len(message) < LONGEST_MESSAGE and "\n" not in message for message in messages)
