"""Layers as nodes against torch: every number of frames, one step and many."""

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper

from vad.export.layers import CONV2_FRAMES, FRAME_COUNT, Branch, selection
from vad.export.runtime import open_session
from vad.silero.geometry import GEOMETRIES, STATE_SIZE
from vad.silero.network import network_of
from vad.silero.weights import load_published

# Of features up to 20 and states below 1, float32.
TOLERANCE = 2e-5


@pytest.fixture(scope="module")
def branches():
    return {rate: load_published(rate) for rate in GEOMETRIES}


def run(nodes: Branch, names: list[str], **feeds: np.ndarray) -> list[np.ndarray]:
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in feeds]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names]
    model = helper.make_model(
        nodes.graph("layers", inputs, outputs),
        opset_imports=[helper.make_opsetid("", 16)],
        ir_version=8,
    )
    return open_session(model.SerializeToString()).run(names, feeds)


@pytest.mark.parametrize("frame_count", range(1, FRAME_COUNT + 1))
def test_selected_frames_are_those_of_a_padded_array(frame_count):
    frames = np.random.default_rng(0).normal(size=(FRAME_COUNT, 5))
    padded = np.zeros((FRAME_COUNT + 2, 5))
    padded[1 : frame_count + 1] = frames[:frame_count]
    selected = selection(CONV2_FRAMES, frame_count) @ frames
    np.testing.assert_array_equal(selected, padded[np.array(CONV2_FRAMES) + 1])


def test_features_are_those_of_torch(branches, sample_rate):
    network = network_of(branches[sample_rate])
    geometry = network.geometry
    samples = np.random.default_rng(1).uniform(-0.5, 0.5, (5, geometry.input_samples))
    samples = samples.astype(np.float32)
    padded = np.pad(samples, ((0, 0), (0, geometry.padding_samples)), mode="reflect")
    nodes = Branch(branches[sample_rate], "")
    (features,) = run(nodes, [nodes.features("padded")], padded=padded)
    with torch.inference_mode():
        expected = network.encode(torch.tensor(samples)).numpy()
    np.testing.assert_allclose(features, expected, rtol=TOLERANCE, atol=TOLERANCE)


def test_lstm_step_is_that_of_torch(branches, sample_rate):
    network = network_of(branches[sample_rate])
    generator = np.random.default_rng(2)
    features = generator.uniform(0, 2, (3, STATE_SIZE)).astype(np.float32)
    state = generator.uniform(-0.5, 0.5, (2, 3, STATE_SIZE)).astype(np.float32)
    nodes = Branch(branches[sample_rate], "")
    names = [*nodes.lstm_step("features", "state")]
    outputs = run(nodes, names, features=features, state=state)
    h, c = torch.tensor(state).unsqueeze(1).unbind()
    with torch.inference_mode():
        _, expected = network.lstm(torch.tensor(features)[:, None], (h, c))
    for actual, reference in zip(outputs, expected, strict=True):
        np.testing.assert_allclose(actual, reference.numpy(), rtol=TOLERANCE, atol=TOLERANCE)


def test_lstm_operator_and_steps_agree(branches, sample_rate):
    generator = np.random.default_rng(3)
    steps = generator.uniform(0, 2, (6, 1, STATE_SIZE)).astype(np.float32)
    zeros = np.zeros((1, 1, STATE_SIZE), np.float32)
    nodes = Branch(branches[sample_rate], "")
    nodes.lstm("steps", "h", "c")
    hn, cn = run(nodes, ["hn", "cn"], steps=steps, h=zeros, c=zeros)
    one = Branch(branches[sample_rate], "")
    names = [*one.lstm_step("features", "state")]
    state = np.concatenate((zeros, zeros))
    for features in steps:
        state = np.concatenate(run(one, names, features=features, state=state))
    np.testing.assert_allclose(state, np.concatenate((hn, cn)), rtol=TOLERANCE, atol=TOLERANCE)
