"""Headers that announce less, more, or nothing: what libsndfile wrote, changed in its bytes."""

import struct

import numpy as np
import pytest
import soundfile

from vad.corpora.audio import read_audio, read_header
from vad.corpora.audio.containers import sample_bytes
from vad.errors import VadError

CONTAINERS = {"wav": "WAV", "aiff": "AIFF", "au": "AU", "w64": "W64", "caf": "CAF"}
CONTAINERS |= {"rf64": "RF64", "sph": "NIST"}
SAMPLES = (3000 * np.sin(np.arange(32000) / 7)).astype(np.int16)
UNKNOWN = {
    "wav": (b"data", 4, struct.pack("<I", 0)),
    "wav from a pipe": (b"data", 4, struct.pack("<I", 2**32 - 1)),
    "au": (b".snd", 8, struct.pack(">I", 2**32 - 1)),
    "caf": (b"data", 4, struct.pack(">q", -1)),
}


@pytest.fixture(params=CONTAINERS)
def path(request, tmp_path):
    path = tmp_path / f"a.{request.param}"
    soundfile.write(path, SAMPLES, 16000, format=CONTAINERS[request.param], subtype="PCM_16")
    return path


def test_what_is_announced_is_there(path) -> None:
    samples = sample_bytes(path)
    assert samples.announced == 2 * len(SAMPLES)
    assert not samples.is_truncated
    assert not samples.is_longer
    assert samples.second_file is None
    assert np.array_equal(read_audio(path, 16000) * 32768, SAMPLES)


def test_a_cut_file_is_truncated(path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(VadError, match="truncated, its header announces 64000 bytes of samples"):
        read_header(path)


def test_two_files_in_one_are_a_fault(path) -> None:
    path.write_bytes(2 * path.read_bytes())
    with pytest.raises(VadError, match="a second file, or chunk of samples, follows at byte"):
        read_header(path)


def test_samples_behind_those_announced_are_not_left_out(path) -> None:
    path.write_bytes(path.read_bytes() + SAMPLES.tobytes())
    if path.suffix in (".wav", ".rf64"):
        assert read_header(path).duration_s == 4
        assert np.array_equal(read_audio(path, 16000) * 32768, np.tile(SAMPLES, 2))
    else:
        with pytest.raises(VadError, match="announces 64000 bytes of samples, more follow"):
            read_header(path)


def test_a_tag_behind_the_samples_is_passed_over(tmp_path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, SAMPLES, 16000)
    path.write_bytes(path.read_bytes() + b"LIST\x04\0\0\0INFO" + b"TAG" + bytes(125))
    assert read_header(path).duration_s == 2


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_length_that_is_left_open_is_that_of_the_file(tmp_path, name) -> None:
    suffix = name.partition(" ")[0]
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, SAMPLES, 16000, format=CONTAINERS[suffix], subtype="PCM_16")
    data = bytearray(path.read_bytes())
    mark, offset, value = UNKNOWN[name]
    start = data.index(mark) + offset
    data[start : start + len(value)] = value
    path.write_bytes(data)
    assert sample_bytes(path).announced is None
    assert read_header(path).duration_s == 2
    assert np.array_equal(read_audio(path, 16000) * 32768, SAMPLES)


def test_bw64_is_read(tmp_path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, SAMPLES, 16000)
    data = path.read_bytes()
    sizes = struct.pack("<4sIQQQI", b"ds64", 28, len(data) + 28, 64000, 32000, 0)
    data = b"BW64\xff\xff\xff\xffWAVE" + sizes + data[12:40] + b"\xff\xff\xff\xff" + data[44:]
    path.write_bytes(data)
    assert np.array_equal(read_audio(path, 16000) * 32768, SAMPLES)
    path.write_bytes(data[:-1000])
    with pytest.raises(VadError, match="truncated"):
        read_header(path)


def test_a_header_that_was_never_finished_is_the_reason(tmp_path) -> None:
    path = tmp_path / "a.aiff"
    soundfile.write(path, SAMPLES, 16000)
    data = bytearray(path.read_bytes())
    start = data.index(b"SSND") + 4
    data[start : start + 4] = bytes(4)
    path.write_bytes(data)
    with pytest.raises(VadError, match="its header announces no samples"):
        read_header(path)


def test_shorten_is_named_with_the_tool_that_unpacks_it(tmp_path) -> None:
    head = "NIST_1A\n   1024\nsample_coding -s26 pcm,embedded-shorten-v2.00\nend_head\n"
    (tmp_path / "a.sph").write_bytes(head.encode().ljust(1024) + b"ajkg\x02" + bytes(500))
    with pytest.raises(VadError, match=r"shorten compressed, .*: sph2pipe -f wav a\.sph a\.wav"):
        read_header(tmp_path / "a.sph")


def test_a_second_chunk_of_samples_is_a_fault(tmp_path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(100), 16000)
    samples = path.read_bytes()[36:]
    path.write_bytes(path.read_bytes() + b"LIST\3\0\0\0abc\0" + samples)
    with pytest.raises(VadError, match="a second file, or chunk of samples, follows at byte 256"):
        read_header(path)


@pytest.mark.slow
@pytest.mark.parametrize("magic", [b"RIFF", b"RF64"])
def test_the_length_of_a_wav_beyond_4_gib_is_that_of_the_file(tmp_path, magic) -> None:
    size_bytes, rate, channels = 2**32 + 2**24, 192000, 16
    path = tmp_path / "a.wav"
    frame_bytes = 4 * channels
    layout = struct.pack("<HHIIHH", 1, channels, rate, rate * frame_bytes, frame_bytes, 32)
    is_long = magic == b"RF64"
    # A recorder without RF64 lets the 32 bits of the size wrap around.
    size = 2**32 - 1 if is_long else size_bytes % 2**32
    ds64 = struct.pack("<4sIQQQI", b"ds64", 28, size_bytes + 72, size_bytes, 0, 0)
    head = struct.pack("<4sI4s", magic, size, b"WAVE") + (ds64 if is_long else b"")
    head += struct.pack("<4sI", b"fmt ", 16) + layout + struct.pack("<4sI", b"data", size)
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + size_bytes)
    samples = sample_bytes(path)
    assert samples.available == size_bytes
    if is_long:
        assert read_header(path).duration_s == size_bytes / frame_bytes / rate
    else:
        # Decoded to its end, which takes minutes: a smaller one is in the tests above.
        assert samples.is_longer
