"""Weights as float16 and int8: what comes back, how small the files are, rows apart."""

import numpy as np
import onnx
import onnxruntime
import pytest

from vad.export.graph import OPSETS, sequence_model, streaming_model
from vad.export.parity import check_sequence, check_streaming, speech_like
from vad.export.runtime import open_session
from vad.export.storage import LARGEST_CODE, companded, rounded, rounded_weights, stored_weights
from vad.silero.geometry import GEOMETRIES, STATE_SIZE
from vad.silero.weights import load_published
from vad.silero.windows import frame_windows

SMALL = ("float16", "int8")
LARGEST_BYTES = {"float32": 1.75e6, "float16": 0.9e6, "int8": 0.5e6}


@pytest.fixture(scope="module")
def branches():
    return {rate: load_published(rate) for rate in GEOMETRIES}


def test_codes_cover_the_range_of_each_channel():
    values = np.random.default_rng(0).normal(0, [[0.01], [1], [100]], (3, 500)).astype(np.float32)
    codes, scales = companded(values)
    assert codes.dtype == np.int8
    np.testing.assert_array_equal(np.abs(codes).max(axis=1), LARGEST_CODE)
    # Half a step: the square of a code grows by 2 * code + 1 at most.
    steps = (2 * np.abs(codes.astype(float)) + 1) * scales
    assert np.all(np.abs(rounded(values, "int8") - values) <= 0.6 * steps)


def test_a_channel_of_zeros_stays_zero():
    values = np.zeros((2, 4), np.float32)
    values[1] = 0.5
    np.testing.assert_array_equal(rounded(values, "int8")[0], 0)
    np.testing.assert_allclose(rounded(values, "int8")[1], 0.5, rtol=1e-6)


def test_float32_is_left_as_it_is(branches):
    branch = branches[16000]
    copied = rounded_weights(branch, "float32").tensors
    assert all(np.array_equal(copied[key], array) for key, array in branch.tensors.items())


def test_only_large_weights_are_rounded(branches):
    branch = branches[8000]
    copied = rounded_weights(branch, "int8").tensors
    changed = {k for k, array in branch.tensors.items() if not np.array_equal(copied[k], array)}
    stored = {key for key in stored_weights(branch) if not key.startswith("lstm")}
    assert changed == stored | {"lstm.weight_ih_l0", "lstm.weight_hh_l0"}


@pytest.mark.parametrize("storage", SMALL)
@pytest.mark.parametrize("opset", [OPSETS[0], 16, OPSETS[-1]])
def test_files_hold_what_the_rounded_weights_compute(branches, storage, opset, tmp_path):
    """Within the tolerances of float32: storage changes the weights and nothing else."""
    stored = {rate: rounded_weights(branch, storage) for rate, branch in branches.items()}
    onnx.save(streaming_model(branches, 16000, opset, storage=storage), tmp_path / "streaming.onnx")
    onnx.save(sequence_model(branches[8000], opset, storage=storage), tmp_path / "sequence.onnx")
    check_streaming(tmp_path / "streaming.onnx", stored, opset)
    check_sequence(tmp_path / "sequence.onnx", stored[8000], opset)


@pytest.mark.parametrize("storage", SMALL)
def test_weights_are_float32_once_loaded(branches, storage, tmp_path):
    """Nothing is left to cast at run time, inside the If neither."""
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimized.onnx")
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    model = streaming_model(branches, 16000, 16, storage=storage).SerializeToString()
    onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    graph = onnx.load(tmp_path / "optimized.onnx").graph
    bodies = [a.g for node in graph.node for a in node.attribute if a.HasField("g")]
    assert len(bodies) == 2
    operators = {node.op_type for body in bodies for node in body.node}
    assert not operators & {"Cast", "Abs", "Mod"}


@pytest.mark.parametrize("storage", LARGEST_BYTES)
def test_sizes(branches, storage):
    model = streaming_model(branches, 16000, 16, storage=storage)
    assert len(model.SerializeToString()) <= LARGEST_BYTES[storage]


@pytest.mark.parametrize("storage", SMALL)
def test_a_loud_row_leaves_a_quiet_one_alone(branches, storage):
    geometry = GEOMETRIES[16000]
    session = open_session(
        streaming_model(branches, 16000, 16, storage=storage).SerializeToString()
    )
    quiet = frame_windows(speech_like(geometry) * 1e-3, geometry)[40:41]
    outputs = []
    for other in (quiet, np.full_like(quiet, 0.9)):
        feeds = {
            "input": np.concatenate((quiet, other)),
            "state": np.zeros((2, 2, STATE_SIZE), np.float32),
            "sr": np.array(16000),
        }
        output, state = session.run(None, feeds)
        outputs.append((output[0], state[:, 0]))
    np.testing.assert_array_equal(outputs[0][0], outputs[1][0])
    np.testing.assert_array_equal(outputs[0][1], outputs[1][1])
