"""Exported files in the silero-vad package, unmodified: the published model's answers."""

import warnings

import numpy as np
import onnx
import pytest
import torch
from silero_vad import VADIterator, get_speech_timestamps, load_silero_vad
from silero_vad.sequence_vad import SileroVADSequence, get_speech_timestamps_sequence
from silero_vad.utils_vad import OnnxWrapper

from vad.export.graph import sequence_model, streaming_model
from vad.silero.geometry import GEOMETRIES
from vad.silero.weights import load_published

# Of probabilities over a whole recording, the package keeping state and context itself.
TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Both kinds of file, from the published weights."""
    folder = tmp_path_factory.mktemp("exported")
    branches = {rate: load_published(rate) for rate in GEOMETRIES}
    onnx.save(streaming_model(branches, 16000, 16), folder / "silero_vad.onnx")
    for rate, branch in branches.items():
        onnx.save(sequence_model(branch, 16), folder / f"sequence_{rate}.onnx")
    return folder


@pytest.fixture
def wrapper(exported):
    return OnnxWrapper(str(exported / "silero_vad.onnx"))


@pytest.fixture(scope="module")
def official():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return load_silero_vad(onnx=True)


def test_probabilities(wrapper, official, audio, sample_rate):
    samples = torch.tensor(audio)[None]
    actual, expected = (m.audio_forward(samples, sample_rate) for m in (wrapper, official))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=TOLERANCE)


def test_timestamps(wrapper, official, audio, sample_rate):
    actual, expected = (
        get_speech_timestamps(torch.tensor(audio), model, sampling_rate=sample_rate)
        for model in (wrapper, official)
    )
    assert actual
    assert actual == expected


def test_iterator(wrapper, official, audio, sample_rate):
    window = GEOMETRIES[sample_rate].window_samples
    chunks = torch.tensor(audio[: len(audio) // window * window]).split(window)
    actual, expected = [], []
    for model, events in ((wrapper, actual), (official, expected)):
        iterator = VADIterator(model, sampling_rate=sample_rate)
        events.extend(event for chunk in chunks if (event := iterator(chunk)))
    assert actual
    assert actual == expected


def test_sequence(exported, official, audio, sample_rate):
    model = SileroVADSequence(str(exported / f"sequence_{sample_rate}.onnx"), sample_rate)
    actual = get_speech_timestamps_sequence(audio, model, sampling_rate=sample_rate)
    expected = get_speech_timestamps(torch.tensor(audio), official, sampling_rate=sample_rate)
    assert actual == expected


def test_switching_the_rate_within_one_session(wrapper, official):
    actual, expected = [], []
    for model, outputs in ((wrapper, actual), (official, expected)):
        model.reset_states()
        for sample_rate in (16000, 8000, 16000):
            window = GEOMETRIES[sample_rate].window_samples
            chunk = torch.linspace(-0.5, 0.5, window)[None]
            outputs.extend(model(chunk, sample_rate).item() for _ in range(3))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=TOLERANCE)
