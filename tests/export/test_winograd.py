"""Fewer products, the same frames as torch's convolutions."""

import numpy as np
import torch

from tests.export.test_layers import run
from vad.export.layers import Branch
from vad.export.stft import folded_bins
from vad.export.winograd import conv2_of_many
from vad.silero.network import network_of
from vad.silero.weights import load_published

# Of activations up to 40, float32.
TOLERANCE = 2e-5


def test_frames_of_conv2_are_those_of_torch(sample_rate):
    branch = load_published(sample_rate)
    network = network_of(branch)
    geometry = network.geometry
    spectrum = np.random.default_rng(0).uniform(0, 3, (9, 4, geometry.bin_count))
    spectrum = spectrum.astype(np.float32)
    nodes = Branch(branch, "")
    name = conv2_of_many(nodes, "spectrum")
    (actual,) = run(nodes, [name], spectrum=spectrum[:, :, folded_bins(geometry.hop_samples)])
    with torch.inference_mode():
        expected = network.encoder[:2](torch.tensor(spectrum).mT).mT.flatten(1).numpy()
    assert actual.shape == expected.shape == (9, 128)
    np.testing.assert_allclose(actual, expected, rtol=TOLERANCE, atol=TOLERANCE)
