"""The folded STFT against numpy's transform and against the published basis."""

import numpy as np
import onnxruntime
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from onnx import TensorProto, helper
from scipy.signal import windows

from vad.errors import VadError
from vad.export.nodes import Nodes
from vad.export.stft import check_basis, folded_bins, magnitudes, magnitudes_of_many
from vad.silero.geometry import GEOMETRIES
from vad.silero.weights import load_published

FRAME_COUNT = 4
# Of magnitudes up to 60, float32.
TOLERANCE = 2e-5


def run(nodes: Nodes, outputs: list[str], **feeds: np.ndarray) -> list[np.ndarray]:
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in feeds]
    declared = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    model = helper.make_model(
        nodes.graph("stft", inputs, declared),
        opset_imports=[helper.make_opsetid("", 16)],
        ir_version=8,
    )
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(outputs, feeds)


def noise_and_magnitudes(hop: int) -> tuple[np.ndarray, np.ndarray]:
    """Noise float32 [3, 4.5 hops], reflected by half a hop, and magnitudes [3, 4, hop + 1]."""
    samples = np.random.default_rng(0).uniform(-1, 1, (3, FRAME_COUNT * hop + hop // 2))
    samples = np.pad(samples.astype(np.float32), ((0, 0), (0, hop // 2)), mode="reflect")
    frames = sliding_window_view(samples, 2 * hop, axis=1)[:, ::hop]
    return samples, np.abs(np.fft.rfft(frames * windows.hann(2 * hop, sym=False)))


@pytest.mark.parametrize("rate", GEOMETRIES)
def test_magnitudes_are_those_of_a_fourier_transform(rate):
    hop = GEOMETRIES[rate].hop_samples
    samples, expected = noise_and_magnitudes(hop)
    nodes = Nodes("")
    name = magnitudes(nodes, "samples", FRAME_COUNT, hop)
    (actual,) = run(nodes, [name], samples=samples)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("rate", GEOMETRIES)
def test_magnitudes_of_many_are_those_of_a_fourier_transform(rate):
    hop = GEOMETRIES[rate].hop_samples
    samples, expected = noise_and_magnitudes(hop)
    nodes = Nodes("")
    name = magnitudes_of_many(nodes, "windows", FRAME_COUNT, hop)
    (actual,) = run(nodes, [name], windows=samples[:, : -(hop // 2)])
    assert sorted(folded_bins(hop)) == list(range(hop + 1))
    np.testing.assert_allclose(actual, expected[:, :, folded_bins(hop)], rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("rate", GEOMETRIES)
def test_basis_in_the_graph_is_the_published_one(rate):
    hop = GEOMETRIES[rate].hop_samples
    nodes = Nodes("")
    magnitudes(nodes, "samples", FRAME_COUNT, hop)
    samples = np.zeros((1, (FRAME_COUNT + 1) * hop), np.float32)
    cosine, sine = run(nodes, ["stft/windowed/cosine", "stft/windowed/sine"], samples=samples)
    published = load_published(rate).tensors["stft_basis"][:, 0, 1:hop].T
    np.testing.assert_array_equal(cosine[:-1], published[:, : hop + 1])
    np.testing.assert_array_equal(np.abs(sine[:-1]), np.abs(published[:, hop + 1 :]))


def test_another_basis_is_refused():
    basis = load_published(8000).tensors["stft_basis"][:, 0].copy()
    check_basis(basis)
    basis[5, 60] += 1e-4
    with pytest.raises(
        VadError, match="stft_basis: expected cosines and sines under a Hann window"
    ):
        check_basis(basis)
