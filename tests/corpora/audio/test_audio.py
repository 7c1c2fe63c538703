"""Reading audio against scipy's resampler, and the message for every fault."""

import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from scipy.signal import resample_poly

from vad.corpora.audio import read_audio, read_blocks, read_header, read_layout, read_once
from vad.corpora.audio.streams import BLOCK_FRAMES
from vad.errors import VadError

LOSSLESS = [("wav", "PCM_16"), ("wav", "PCM_24"), ("wav", "FLOAT"), ("flac", "PCM_16")]
LOSSY = [("ogg", "VORBIS"), ("opus", "OPUS"), ("mp3", "MPEG_LAYER_III")]


def tones(sample_rate: int, channels: int, seconds: float = 1.7) -> np.ndarray:
    """Two tones that rise and fall, well below 4 kHz, another phase in each channel."""
    time_s = np.arange(round(seconds * sample_rate)) / sample_rate
    envelope = np.sin(np.pi * time_s / seconds) ** 2
    shifts = np.arange(channels) * 0.3
    phase = 2 * np.pi * time_s[:, None] + shifts
    return 0.2 * envelope[:, None] * (np.sin(440 * phase) + np.sin(1700 * phase))


def write(path: Path, samples: np.ndarray, sample_rate: int, subtype: str) -> Path:
    container = {"opus": "OGG"}.get(path.suffix[1:], path.suffix[1:].upper())
    soundfile.write(path, samples, sample_rate, format=container, subtype=subtype)
    return path


@pytest.mark.parametrize(("suffix", "subtype"), LOSSLESS + LOSSY)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_format_and_channel_count(
    tmp_path: Path, suffix: str, subtype: str, channels: int
) -> None:
    source = tones(48000, channels)
    path = write(tmp_path / f"a.{suffix}", source, 48000, subtype)
    samples = read_audio(path, 16000)
    expected = resample_poly(source.mean(axis=1), 1, 3)
    assert samples.dtype == np.float32
    assert samples.shape == expected.shape
    # Resamplers differ in their filters, by less than 1e-3 below 4 kHz; codecs lose some 0.02.
    tolerance = 1e-3 if (suffix, subtype) in LOSSLESS else 0.03
    assert np.abs(samples - expected).max() < tolerance


@pytest.mark.parametrize("from_hz", [8000, 11025, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("to_hz", [8000, 16000])
def test_every_rate(tmp_path: Path, from_hz: int, to_hz: int) -> None:
    path = write(tmp_path / "a.wav", tones(from_hz, 1), from_hz, "FLOAT")
    samples = read_audio(path, to_hz)
    expected = tones(to_hz, 1)[:, 0]
    assert abs(len(samples) - len(expected)) <= 1
    count = min(len(samples), len(expected))
    # The tones as they would have been sampled; the edges are quiet.
    assert np.abs(samples[:count] - expected[:count]).max() < 1e-3


@pytest.mark.parametrize(("suffix", "subtype"), LOSSLESS + LOSSY)
def test_blocks_leave_no_seam(tmp_path: Path, suffix: str, subtype: str) -> None:
    source = tones(48000, 2, seconds=3.3 * BLOCK_FRAMES / 48000)
    path = write(tmp_path / f"a.{suffix}", source, 48000, subtype)
    in_one_read = soundfile.read(path, dtype="float32")[0].mean(axis=1)
    # The same decoder and the same resampler: float32 rounding is all that may differ.
    assert np.abs(read_audio(path, 48000) - in_one_read).max() < 1e-6
    expected = soxr.resample(in_one_read, 48000, 16000)
    assert np.abs(read_audio(path, 16000) - expected).max() < 1e-6


@pytest.mark.parametrize(("suffix", "subtype"), LOSSLESS + LOSSY)
@pytest.mark.parametrize("from_hz", [16000, 44100])
def test_blocks_joined_are_the_file(
    tmp_path: Path, suffix: str, subtype: str, from_hz: int
) -> None:
    from_hz = 48000 if subtype == "OPUS" and from_hz == 44100 else from_hz
    path = write(tmp_path / f"a.{suffix}", tones(from_hz, 2, seconds=5.3), from_hz, subtype)
    in_one = read_audio(path, 16000)
    blocks = list(read_blocks(path, 16000, 16384))
    assert [len(block) for block in blocks[:-1]] == [16384] * (len(in_one) // 16384)
    assert 0 < len(blocks[-1]) < 16384
    assert np.array_equal(np.concatenate(blocks), in_one)


def test_last_block_is_not_empty(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tones(16000, 1, seconds=2), 16000, "FLOAT")
    assert [len(block) for block in read_blocks(path, 16000, 16000)] == [16000, 16000]


def test_memory_is_that_of_a_block(tmp_path: Path) -> None:
    with soundfile.SoundFile(tmp_path / "a.flac", "w", 48000, 1, "PCM_16") as file:
        for _ in range(600):
            file.write(np.zeros(48000, np.int16))
    tracemalloc.start()
    count = sum(len(block) for block in read_blocks(tmp_path / "a.flac", 16000, 160000))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 600 * 16000
    # 10 minutes are 38 MB, a block 0.6 MB; what is decoded at once and copies of it come on top.
    assert peak_bytes < 4e6


def test_16_bit_samples_at_the_wanted_rate_are_exact(tmp_path: Path) -> None:
    values = np.arange(-32768, 32768, dtype=np.int16)
    path = write(tmp_path / "a.flac", values, 16000, "PCM_16")
    assert np.array_equal(read_audio(path, 16000), values.astype(np.float32) / 32768)


def test_one_channel(tmp_path: Path) -> None:
    source = tones(16000, 3)
    path = write(tmp_path / "a.wav", source, 16000, "FLOAT")
    assert np.array_equal(read_audio(path, 16000, channel=2), source[:, 2].astype(np.float32))


@pytest.mark.parametrize(("suffix", "subtype"), LOSSLESS + LOSSY)
def test_header_has_the_length_that_is_decoded(tmp_path: Path, suffix: str, subtype: str) -> None:
    path = write(tmp_path / f"a.{suffix}", tones(16000, 1), 16000, subtype)
    assert read_header(path).duration_s == len(read_audio(path, 16000)) / 16000 == 1.7


@pytest.mark.parametrize("name", ["two words.wav", "звонок.wav", "会议.wav", "☎️ 'q\".wav"])
def test_file_names(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, tones(16000, 1), 16000, "PCM_16")
    assert len(read_audio(path, 16000)) == round(1.7 * 16000)


@pytest.mark.parametrize(("suffix", "subtype"), LOSSLESS + LOSSY)
def test_truncated(tmp_path: Path, suffix: str, subtype: str) -> None:
    path = write(tmp_path / f"a.{suffix}", tones(48000, 1), 48000, subtype)
    os.truncate(path, path.stat().st_size * 2 // 3)
    with pytest.raises(VadError, match=r"truncated|cannot be read") as fault:
        read_audio(path, 16000)
    assert str(path) in str(fault.value)


def test_wav_from_a_pipe_has_no_length_in_its_header(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tones(16000, 1), 16000, "PCM_16")
    data = bytearray(path.read_bytes())
    size_at = data.index(b"data") + 4
    data[size_at : size_at + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    assert len(read_audio(path, 16000)) == round(1.7 * 16000)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.wav", b"", "cannot be read as audio"),
        ("a.flac", b"this is not audio", "cannot be read as audio"),
        ("a.raw", b"\0" * 100, "cannot be read as audio"),
        ("a.wav", None, "no such audio file"),
    ],
)
def test_no_audio(tmp_path: Path, name: str, content: bytes | None, expected: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(VadError, match=expected) as fault:
        read_header(path)
    assert str(path) in str(fault.value)


@pytest.mark.parametrize(
    ("samples", "rate", "channel", "expected"),
    [
        (np.zeros(0), 16000, None, "no samples"),
        (np.array([0.0, np.nan]), 16000, None, "NaN"),
        (np.array([0.0, np.inf]), 16000, None, "infinite"),
        (np.zeros(100), 4000, None, "4000 Hz, expected 8000 Hz or more"),
        (np.zeros((100, 2)), 16000, 2, "no channel 2, expected one from 0 to 1"),
    ],
)
def test_audio_that_is_unusable(
    tmp_path: Path, samples: np.ndarray, rate: int, channel: int | None, expected: str
) -> None:
    path = write(tmp_path / "a.wav", samples, rate, "FLOAT")
    with pytest.raises(VadError, match=expected) as fault:
        read_audio(path, 16000, channel)
    assert str(path) in str(fault.value)


@pytest.mark.parametrize("signs", [(1, -1), (1, -0.9), (1, 1, -1, -1)])
def test_channels_that_cancel_are_a_fault_and_one_of_them_is_read(tmp_path, signs) -> None:
    source = tones(16000, 1) * np.array(signs)
    path = write(tmp_path / "a.wav", source, 16000, "PCM_16")
    with pytest.raises(VadError, match=r"opposite sign cancel each other.*'channel: 0'"):
        read_audio(path, 16000)
    assert np.abs(read_audio(path, 16000, channel=1)).max() > 0.3


@pytest.mark.parametrize("channels", [2, 8, 64])
def test_unrelated_channels_do_not_cancel(tmp_path, channels) -> None:
    source = 0.1 * np.random.default_rng(0).standard_normal((16000, channels))
    assert len(read_audio(write(tmp_path / "a.wav", source, 16000, "FLOAT"), 16000)) == 16000


@pytest.mark.parametrize("rate", [16000, 48000])
def test_a_recording_beyond_full_scale_is_turned_down_by_one_gain(tmp_path, rate) -> None:
    part = 2 * tones(rate, 1, 3)
    source = np.concatenate([2.5 * part, part, part])
    path = write(tmp_path / "a.wav", source, rate, "FLOAT")
    blocks = list(read_blocks(path, 16000, 3 * 16000))
    peaks = [np.abs(block).max() for block in blocks]
    assert peaks[0] == pytest.approx(1, abs=1e-6)
    # 2.5 times as loud, in each block: the resampler's ripple is below 1 %.
    assert peaks[1] == pytest.approx(0.4, rel=0.01)
    assert np.array_equal(np.concatenate(blocks), read_audio(path, 16000))


def test_integers_written_as_floats_are_a_fault(tmp_path) -> None:
    path = write(tmp_path / "a.wav", 32767 * tones(16000, 1), 16000, "FLOAT")
    with pytest.raises(VadError, match=r"expected floats of at most 1 \(full scale\): divide them"):
        read_audio(path, 16000)


def test_read_once_leaves_samples_beyond_full_scale_as_they_are(tmp_path) -> None:
    samples = np.array([0.5, -2.0, 1.5, 0.25, 0.125], np.float32)
    path = write(tmp_path / "a.wav", samples[:, None], 16000, "FLOAT")
    blocks = list(read_once(path, 16000, 2))
    assert [len(block) for block in blocks] == [2, 2, 1]
    np.testing.assert_array_equal(np.concatenate(blocks), samples)
    path = write(tmp_path / "b.wav", 32767 * samples[:, None], 16000, "FLOAT")
    with pytest.raises(VadError, match="divide them by 32768"):
        list(read_once(path, 16000, 2))


def test_the_layout_is_known_without_decoding(tmp_path) -> None:
    path = write(tmp_path / "a.wav", tones(44100, 2), 44100, "PCM_16")
    assert read_layout(path) == (44100, 2)
    with pytest.raises(VadError, match="no such audio file"):
        read_layout(tmp_path / "b.wav")


@pytest.mark.parametrize("rate", [8000, 16000])
@pytest.mark.parametrize("value", [3e38, -3e38])
def test_floats_that_overflow_in_resampling_are_a_fault(tmp_path, rate: int, value: float) -> None:
    samples = np.full(16000, 0.1, np.float32)
    samples[8000:8010] = value
    soundfile.write(tmp_path / "a.wav", samples, 16000, subtype="FLOAT")
    with pytest.raises(VadError, match=r"samples up to (3e\+38|nan|inf), expected floats"):
        read_audio(tmp_path / "a.wav", rate)
    with pytest.raises(VadError, match="expected floats"):
        list(read_blocks(tmp_path / "a.wav", rate, 1000))
