"""Coded audio to its end: lengths that no header has, joined streams, gaps, damage."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from vad.corpora.audio import read_audio, read_header
from vad.corpora.audio.decoder import joined
from vad.errors import VadError

SAMPLES = (0.2 * np.sin(np.arange(48000) / 9)).astype(np.float32)
ENCODERS = {"m4a": "aac", "webm": "libopus", "mka": "flac", "wma": "wmav2", "mp4": "aac"}


def encode(path: Path, codec: str, rate: int = 16000, gap_s: float = 0, **options: str) -> Path:
    """SAMPLES as FFmpeg writes them; a gap moves the timestamps of the second half."""
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        stream.bit_rate = 64000
        for start in range(0, len(SAMPLES), 4800):
            frame = av.AudioFrame.from_ndarray(SAMPLES[None, start : start + 4800], "flt", "mono")
            frame.sample_rate, frame.time_base = 16000, Fraction(1, 16000)
            frame.pts = start + round(16000 * gap_s) * (start >= len(SAMPLES) // 2)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("suffix", ENCODERS)
def test_containers_that_only_ffmpeg_knows(tmp_path, suffix: str) -> None:
    rate = 48000 if suffix == "webm" else 16000
    path = encode(tmp_path / f"a.{suffix}", ENCODERS[suffix], rate)
    samples = read_audio(path, 16000)
    # Coders pad to whole frames, of 2048 samples at most.
    assert abs(len(samples) - len(SAMPLES)) <= 2048
    assert read_header(path).duration_s == pytest.approx(len(samples) / 16000, abs=1e-4)
    assert np.abs(samples).max() == pytest.approx(0.2, abs=0.05)


def test_an_mp3_without_an_announcement_is_read_to_its_end(tmp_path) -> None:
    path = encode(tmp_path / "a.mp3", "libmp3lame", write_xing="0")
    assert read_header(path).duration_s == pytest.approx(3, abs=0.15)
    assert len(read_audio(path, 16000)) / 16000 == read_header(path).duration_s


@pytest.mark.parametrize(("suffix", "subtype"), [("mp3", "MPEG_LAYER_III"), ("ogg", "VORBIS")])
def test_joined_files_are_read_to_their_end(tmp_path, suffix: str, subtype: str) -> None:
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, SAMPLES, 16000, format=suffix.upper(), subtype=subtype)
    path.write_bytes(2 * path.read_bytes())
    # The header of the second file, or padding of the first, lies between the two.
    assert read_header(path).duration_s == pytest.approx(6, abs=0.2)


def test_flac_is_counted_whatever_its_header_announces(tmp_path) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, SAMPLES, 16000)
    data = bytearray(path.read_bytes())
    data[21], data[22:26] = data[21] & 0xF0, bytes(4)
    path.write_bytes(data)
    assert read_header(path).duration_s == 3
    data[22:26] = (48001).to_bytes(4, "big")
    path.write_bytes(data)
    with pytest.raises(VadError, match="truncated, its header announces"):
        read_header(path)
    path.write_bytes(2 * data.replace((48001).to_bytes(4, "big"), (48000).to_bytes(4, "big")))
    assert read_header(path).duration_s == 6
    assert len(read_audio(path, 16000)) == 96000


def test_a_gap_in_the_timestamps_is_a_fault(tmp_path) -> None:
    path = encode(tmp_path / "a.mka", "flac", gap_s=2)
    with pytest.raises(VadError, match=r"a gap of 2\.\d\d s at 1\.\d\d s, samples are missing"):
        read_header(path)


def test_a_cut_mp4_is_a_fault(tmp_path) -> None:
    path = encode(tmp_path / "a.mp4", "aac", movflags="faststart")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(VadError, match=r"truncated|damaged"):
        read_header(path)


def test_two_tracks_are_a_fault(tmp_path) -> None:
    path = tmp_path / "a.mka"
    with av.open(str(path), "w") as container:
        for _ in range(2):
            container.add_stream("flac", rate=16000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.int16), "s16", "mono")
        frame.sample_rate = 16000
        for stream in container.streams.audio:
            frame.pts = 0
            container.mux([*stream.encode(frame), *stream.encode(None)])
    with pytest.raises(VadError, match=r"2 audio tracks, expected one: ffmpeg -i a\.mka -map"):
        read_header(path)


def video(path: Path, audio_start_s: float) -> Path:
    """Two seconds of black, with sound from `audio_start_s` on."""
    with av.open(str(path), "w") as container:
        picture = container.add_stream("mpeg4", rate=25)
        picture.width = picture.height = 64
        sound = container.add_stream("aac", rate=16000, layout="mono")
        for number in range(50):
            black = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            black.pts, black.time_base = number, Fraction(1, 25)
            container.mux(picture.encode(black))
        for start in range(0, 16000, 1000):
            frame = av.AudioFrame.from_ndarray(SAMPLES[None, start : start + 1000], "flt", "mono")
            frame.sample_rate, frame.time_base = 16000, Fraction(1, 16000)
            frame.pts = start + round(16000 * audio_start_s)
            container.mux(sound.encode(frame))
        container.mux([*picture.encode(None), *sound.encode(None)])
    return path


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov"])
def test_sound_that_starts_after_the_picture_is_a_fault(tmp_path, suffix: str) -> None:
    path = video(tmp_path / f"a.{suffix}", 0)
    assert read_header(path).duration_s == pytest.approx(1, abs=0.13)
    path = video(tmp_path / f"b.{suffix}", 0.5)
    with pytest.raises(VadError, match=r"sound starts 0\.\d+ s after the picture, labels"):
        read_header(path)


def test_a_damaged_frame_of_flac_is_a_fault_not_noise(tmp_path) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, 48000), 16000)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(VadError, match=r"a gap of .* samples are missing: ffmpeg -i a.flac"):
        read_audio(path, 16000)


def test_a_second_mp3_with_a_tag_is_named(tmp_path) -> None:
    path = encode(tmp_path / "a.mp3", "libmp3lame")
    path.write_bytes(2 * path.read_bytes())
    with pytest.raises(VadError, match=r"damaged at 3\.\d+ s .a second file follows"):
        read_audio(path, 16000)


def test_streams_of_other_channels_in_one_ogg_are_a_fault(tmp_path) -> None:
    files = []
    for layout, channel_count in (("mono", 1), ("stereo", 2)):
        path = tmp_path / f"{layout}.opus"
        with av.open(str(path), "w", format="ogg") as container:
            stream = container.add_stream("libopus", rate=48000, layout=layout)
            noise = np.stack([SAMPLES[:960]] * channel_count)
            frame = av.AudioFrame.from_ndarray(noise, "fltp", layout)
            frame.sample_rate, frame.pts = 48000, 0
            container.mux([*stream.encode(frame), *stream.encode(None)])
        files.append(path.read_bytes())
    path = tmp_path / "a.opus"
    path.write_bytes(b"".join(files))
    with pytest.raises(VadError, match=r"a\.opus: (damaged at|rate or channels change)"):
        read_header(path)


def test_what_nothing_reads_is_named_with_the_command_that_converts(tmp_path) -> None:
    (tmp_path / "a.amr").write_bytes(b"no audio" * 99)
    with pytest.raises(VadError, match="cannot be read as audio, it is a text, 'no audio"):
        read_header(tmp_path / "a.amr")


def test_frames_of_any_type_and_timestamps_are_joined_in_blocks() -> None:
    """Blocks end with the frame that fills them, and where the type of the samples changes."""
    values = np.random.default_rng(0).integers(-(2**15), 2**15, (2, 60 * 4096)).astype(np.int16)

    def frames():
        for number, part in enumerate(np.split(values, 60, axis=1)):
            is_float = number >= 40
            part = (part / 2**15).astype(np.float32) if is_float else part
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(part), "fltp" if is_float else "s16p", "stereo"
            )
            frame.sample_rate, frame.pts = 16000, 7 * number % 3
            yield frame

    blocks = list(joined(frames()))
    assert [len(block) // 4096 for block in blocks] == [16, 16, 8, 16, 4]
    np.testing.assert_array_equal(np.concatenate(blocks).T * 2**15, values)
    assert list(joined(iter(()))) == []
