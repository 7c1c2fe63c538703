"""Pages of Ogg and the announcement of MP3 against what libsndfile wrote."""

import numpy as np
import pytest
import soundfile

from vad.corpora.audio.packets import is_packets, ogg_pages, xing_frames

SAMPLES = 0.1 * np.random.default_rng(0).standard_normal(40000)
CODERS = {"flac": ("FLAC", "PCM_16"), "ogg": ("OGG", "VORBIS"), "opus": ("OGG", "OPUS")}
CODERS |= {"mp3": ("MP3", "MPEG_LAYER_III"), "wav": ("WAV", "PCM_16")}


def write(folder, suffix: str):
    container, subtype = CODERS[suffix]
    path = folder / f"a.{suffix}"
    soundfile.write(path, SAMPLES, 16000, format=container, subtype=subtype)
    return path


@pytest.mark.parametrize("suffix", CODERS)
def test_packets_are_known_by_their_first_bytes(tmp_path, suffix: str) -> None:
    assert is_packets(write(tmp_path, suffix)) == (suffix != "wav")


@pytest.mark.parametrize(("suffix", "rate"), [("ogg", 16000), ("opus", 48000)])
def test_pages_of_ogg(tmp_path, suffix: str, rate: int) -> None:
    path = write(tmp_path, suffix)
    pages = ogg_pages(path)
    assert (pages.fault, pages.stream_count) == (None, 1)
    # Opus counts what its decoder needs to start (RFC 7845), at most 80 ms.
    assert 0 <= pages.last_granule - len(SAMPLES) * rate / 16000 < 0.08 * 48000
    assert pages.vorbis_frames == (len(SAMPLES) if suffix == "ogg" else None)
    data = path.read_bytes()
    path.write_bytes(data + data)
    assert ogg_pages(path).stream_count == 2
    assert ogg_pages(path).vorbis_frames is None
    path.write_bytes(data + b"TAG" + bytes(125))
    assert ogg_pages(path).fault is None
    path.write_bytes(data + bytes(9999))
    assert ogg_pages(path).fault == f"damaged, no Ogg page at byte {len(data)}"
    for end in (-1, -500, len(data) // 2):
        path.write_bytes(data[:end])
        assert ogg_pages(path).fault.startswith("truncated")


def test_frames_that_an_mp3_announces(tmp_path) -> None:
    path = write(tmp_path, "mp3")
    # Frames of 576 samples at 16 kHz, and what the encoder puts around them.
    assert 0 <= xing_frames(path) * 576 - len(SAMPLES) < 3 * 1152
    path.write_bytes(b"ID3\x04\0\0\0\0\x01\x00" + bytes(128) + path.read_bytes())
    assert 0 <= xing_frames(path) * 576 - len(SAMPLES) < 3 * 1152
    path.write_bytes(path.read_bytes().replace(b"Info", b"Nope").replace(b"Xing", b"Nope"))
    assert xing_frames(path) is None


@pytest.mark.parametrize("data", [b"", b"\xff", b"ID3", b"OggS", b"\xff\xfb\x90\x00Xing"])
def test_short_files_are_no_announcement(tmp_path, data: bytes) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(data)
    is_packets(path)
    ogg_pages(path)
    assert xing_frames(path) is None
