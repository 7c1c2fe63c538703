"""The file of one rate in OpenVINO, which refuses the official `silero_vad.onnx`.

OpenVINO wants `sr` as it is declared, a scalar.
"""

import numpy as np
import openvino
import pytest
import torch

from vad.silero.geometry import GEOMETRIES, STATE_SIZE
from vad.silero.network import network_of
from vad.silero.weights import BranchWeights
from vad.silero.windows import frame_windows

# Of probabilities over a whole recording; float32, or the plugin may round to bfloat16.
TOLERANCE = 1e-4
EXACT = {"INFERENCE_PRECISION_HINT": "f32"}


def probabilities(path, windows: np.ndarray, sample_rate: int) -> np.ndarray:
    """Of windows with their context [windows, samples], the state carried on; [windows]."""
    model = openvino.Core().compile_model(path, "CPU", EXACT)
    state = np.zeros((2, 1, STATE_SIZE), np.float32)
    sr = np.array(sample_rate, np.int64)
    outputs = []
    for window in windows:
        results = model({"input": window[None], "state": state, "sr": sr})
        outputs.append(results["output"][0, 0])
        state = results["stateN"]
    return np.array(outputs)


@torch.no_grad()
def expected_probabilities(branch: BranchWeights, windows: np.ndarray) -> np.ndarray:
    network = network_of(branch)
    state = torch.zeros(2, 1, STATE_SIZE)
    outputs = []
    for window in torch.tensor(windows):
        probability, state = network(window[None], state)
        outputs.append(probability.item())
    return np.array(outputs)


@pytest.mark.parametrize("kind", ["tuned", "fixed"])
def test_one_rate_agrees_with_torch(kind, recording, sample_rate, exported, branches):
    windows = frame_windows(recording, GEOMETRIES[sample_rate])
    actual = probabilities(exported / f"{kind}_{sample_rate}.onnx", windows, sample_rate)
    expected = expected_probabilities(branches[sample_rate], windows)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=TOLERANCE)


def test_other_weights_give_other_probabilities(sample_rate, changed, branches):
    noise = np.random.default_rng(0).normal(0, 0.3, 10 * sample_rate).astype(np.float32)
    windows = frame_windows(noise, GEOMETRIES[sample_rate])
    actual = probabilities(changed / f"tuned_{sample_rate}.onnx", windows, sample_rate)
    expected = expected_probabilities(branches[sample_rate], windows)
    assert np.max(np.abs(actual - expected)) > TOLERANCE


def test_the_official_file_is_refused(official):
    """When this fails, the README must no longer say so."""
    with pytest.raises(RuntimeError, match="wasn't fully converted"):
        openvino.Core().read_model(official / "silero_vad.onnx")
