"""Segments of files against silero_vad.get_speech_timestamps on the same samples."""

import numpy as np
import pytest
import soundfile
import torch
from silero_vad import get_speech_timestamps, load_silero_vad

from detect.detection import detect_file, detect_or_fault, probabilities
from detect.models import PUBLISHED, opened
from detect.published import published_file
from vad.corpora.audio import read_audio
from vad.export.runtime import sequence_probabilities
from vad.silero.geometry import GEOMETRIES

OPTIONS = {"threshold": 0.4, "neg_threshold": 0.2, "min_silence_duration_ms": 200}


def official(samples, sample_rate, **options):
    segments = get_speech_timestamps(
        torch.from_numpy(samples), load_silero_vad(onnx=True), sampling_rate=sample_rate, **options
    )
    return [[segment["start"] / sample_rate, segment["end"] / sample_rate] for segment in segments]


@pytest.mark.parametrize("options", [{}, OPTIONS])
def test_the_segments_are_those_of_the_package(recording, sample_rate, options):
    samples, _ = soundfile.read(recording, dtype="float32")
    expected = official(samples, sample_rate, **options)
    (detection,) = detect_file(recording, PUBLISHED, None, options)
    assert detection.segments.tolist() == expected
    assert len(expected) > 1
    assert detection.duration_s == len(samples) / sample_rate
    assert detection.choice.sample_rate == sample_rate


def test_real_speech_in_two_channels_of_another_rate(real_recordings, project):
    samples, rate = soundfile.read(real_recordings / "ami" / "dev" / "dev00.flac")
    path = project / "call.wav"
    # Read as 22.05 kHz, the same samples are other audio, which is resampled.
    soundfile.write(path, np.stack((samples, 0.5 * samples), axis=1), 22050, subtype="PCM_16")
    for channel in (None, 0, 1):
        (detection,) = detect_file(path, PUBLISHED, channel, {})
        expected = official(read_audio(path, 16000, channel), 16000)
        assert detection.segments.tolist() == expected
        assert len(expected) > 3
    both = detect_file(path, PUBLISHED, "each", {})
    assert [detection.channel for detection in both] == [0, 1]
    assert both[1].segments.tolist() == expected
    assert rate == 16000


def test_a_streaming_file_gives_the_segments_of_the_sequence_file(
    recording, streaming_file, sample_rate
):
    (by_streaming,) = detect_file(recording, str(streaming_file), None, {})
    (by_sequence,) = detect_file(recording, PUBLISHED, None, {})
    assert by_streaming.segments.tolist() == by_sequence.segments.tolist()
    assert by_streaming.choice.sample_rate == sample_rate


@pytest.mark.parametrize("windows", [1, 3, 512])
def test_blocks_of_any_length_give_the_probabilities_of_the_whole(audio, sample_rate, windows):
    geometry = GEOMETRIES[sample_rate]
    session = opened(published_file(sample_rate))
    size = windows * geometry.window_samples
    blocks = (audio[start : start + size] for start in range(0, len(audio), size))
    values = np.concatenate(list(probabilities(session, blocks, geometry)))
    expected = sequence_probabilities(session.onnx, audio, geometry)
    # The matrix products of blocks of other sizes round otherwise.
    np.testing.assert_allclose(values, expected, atol=1e-5)


def test_a_file_that_is_no_audio_is_a_fault(project):
    (project / "a.wav").write_text("no audio", encoding="utf-8")
    assert "a.wav" in detect_or_fault(project / "a.wav", PUBLISHED, None, {})
