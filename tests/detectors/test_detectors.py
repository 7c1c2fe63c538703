"""Other people's detectors behind one interface; `make test-compare` has their packages."""

import socket
from pathlib import Path

import faster_whisper
import numpy as np
import pytest
import soundfile

from compare.detectors import DETECTORS, Detector
from vad.export.parity import speech_like
from vad.export.runtime import open_session, sequence_probabilities
from vad.silero.geometry import GEOMETRIES
from vad.silero.windows import window_count


@pytest.fixture(params=DETECTORS, ids=lambda detector: detector.name)
def detector(request) -> Detector:
    return request.param


@pytest.fixture
def samples(sample_rate) -> np.ndarray:
    """Int16 [samples], no whole number of windows or frames."""
    return (speech_like(GEOMETRIES[sample_rate])[: 4 * sample_rate + 123] * 32767).astype(np.int16)


def test_a_score_for_each_window_the_same_each_time(detector, samples, sample_rate):
    geometry = GEOMETRIES[sample_rate]
    scores = detector.window_scores(samples, geometry)
    assert scores.shape == (window_count(len(samples), geometry),)
    assert np.isfinite(scores).all()
    assert np.array_equal(detector.window_scores(samples, geometry), scores)


def test_nothing_is_fetched(detector, samples, sample_rate, monkeypatch):
    def refuse(*_arguments):
        raise AssertionError("a detector opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    detector.window_scores(samples, GEOMETRIES[sample_rate])


def test_speech_scores_higher_than_the_rest(detector, real_recordings):
    """Labels of a real meeting, so that scores are neither shifted in time nor turned round."""
    meeting = real_recordings / "ami" / "dev"
    samples, rate = soundfile.read(meeting / "dev00.flac", dtype="int16")
    speech = np.zeros(len(samples), bool)
    for line in (meeting / "dev.words.rttm").read_text().splitlines():
        _, name, _, *times = line.split()[:5]
        start_s, duration_s = map(float, times)
        speech[round(start_s * rate) : round((start_s + duration_s) * rate)] |= name == "dev00"
    scores = detector.window_scores(samples, GEOMETRIES[rate])
    windows = speech[: len(speech) // 512 * 512].reshape(-1, 512).mean(axis=1) >= 0.5
    scores = scores[: len(windows)]
    assert scores[windows].mean() > scores[~windows].mean()


def test_faster_whisper_says_what_its_own_file_says():
    """Tolerance 1e-6; but for the last window, whose end it overwrites with silence."""
    (detector,) = [d for d in DETECTORS if d.name == "faster-whisper"]
    (asset,) = (Path(faster_whisper.__file__).parent / "assets").glob("*.onnx")
    geometry = GEOMETRIES[16000]
    samples = (speech_like(geometry)[: 512 * 100] * 32767).astype(np.int16)
    expected = sequence_probabilities(open_session(asset), samples, geometry)
    scores = detector.window_scores(samples, geometry)
    np.testing.assert_allclose(scores[:-1], expected[:-1], atol=1e-6)


def test_every_detector_names_an_installed_version(detector):
    assert detector.version[0].isdigit()
