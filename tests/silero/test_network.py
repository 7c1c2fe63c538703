"""Both forms of the network against the official TorchScript and ONNX files."""

import numpy as np
import onnxruntime
import pytest
import torch

from vad.silero.geometry import GEOMETRIES, STATE_SIZE
from vad.silero.network import published_network, weights_of
from vad.silero.weights import expected_shapes, load_published, published_path
from vad.silero.windows import frame_windows

# Of probabilities and h; c is compared relative to its size, which reaches tens.
TOLERANCE = 1e-5


@pytest.fixture
def network(sample_rate):
    return published_network(sample_rate)


@pytest.fixture
def windows(audio, network):
    return frame_windows(audio, network.geometry)


@torch.no_grad()
def streamed(network, windows):
    state, probabilities = torch.zeros(2, 1, STATE_SIZE), []
    for window in windows:
        output, state = network(torch.tensor(window)[None], state)
        probabilities.append(output.item())
    return np.array(probabilities), state.numpy()


@torch.no_grad()
def in_sequence(network, windows):
    zeros = torch.zeros(1, 1, STATE_SIZE)
    probabilities, h, c = network.forward_sequence(torch.tensor(windows), zeros, zeros)
    return probabilities.numpy(), torch.cat((h, c)).numpy()


@pytest.mark.parametrize("form", [streamed, in_sequence])
def test_equals_official_onnx(form, network, windows):
    session = onnxruntime.InferenceSession(published_path("silero_vad.onnx"))
    sr = np.array(network.geometry.sample_rate)
    expected_state, expected = np.zeros((2, 1, STATE_SIZE), np.float32), []
    for window in windows:
        feed = {"input": window[None], "state": expected_state, "sr": sr}
        output, expected_state = session.run(None, feed)
        expected.append(output[0, 0])
    probabilities, state = form(network, windows)
    np.testing.assert_allclose(probabilities, expected, rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(state, expected_state, rtol=TOLERANCE, atol=TOLERANCE)


def test_equals_official_torchscript(audio, network):
    """The published module frames the audio itself, so this checks the framing too."""
    published = torch.jit.load(published_path())
    whole = audio[: len(audio) // network.geometry.window_samples * network.geometry.window_samples]
    with torch.no_grad():
        expected = published.audio_forward(
            torch.tensor(whole)[None], network.geometry.sample_rate
        ).numpy()[0]
    probabilities, _ = in_sequence(network, frame_windows(whole, network.geometry))
    np.testing.assert_allclose(probabilities, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("batch_size", [2, 7])
def test_rows_of_a_batch_are_independent(network, windows, batch_size):
    samples = torch.tensor(windows[100 : 100 + batch_size])
    state = torch.rand(2, batch_size, STATE_SIZE, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        output, next_state = network(samples, state)
        for row in range(batch_size):
            alone, alone_state = network(samples[row : row + 1], state[:, row : row + 1])
            torch.testing.assert_close(output[row : row + 1], alone, rtol=0, atol=TOLERANCE)
            torch.testing.assert_close(next_state[:, row : row + 1], alone_state)


@pytest.mark.parametrize("geometry", GEOMETRIES.values(), ids=str)
def test_geometry_gives_four_frames(geometry):
    padded = geometry.input_samples + geometry.padding_samples
    assert (padded - geometry.stft_samples) / geometry.hop_samples + 1 == 4
    assert geometry.windows_per_s == 31.25


def test_weights_come_back_from_a_network(network):
    expected = load_published(network.geometry.sample_rate)
    copied = weights_of(network)
    assert copied.geometry == expected.geometry
    assert copied.tensors.keys() == expected.tensors.keys()
    for name, array in expected.tensors.items():
        np.testing.assert_array_equal(copied.tensors[name], array)


def test_expected_shapes_are_those_of_the_module(network):
    shapes = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    assert expected_shapes(network.geometry) == shapes
