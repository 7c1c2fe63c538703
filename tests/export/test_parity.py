"""The checks after writing pass a right file and name the fault of a wrong one."""

from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import helper

from vad.errors import VadError
from vad.export.graph import sequence_model, streaming_model
from vad.export.parity import (
    STATE_TOLERANCE,
    TOLERANCE,
    check_contract,
    check_sequence,
    check_streaming,
    sequence_signature,
)
from vad.silero.geometry import GEOMETRIES
from vad.silero.weights import load_published


@pytest.fixture(scope="module")
def branches():
    return {rate: load_published(rate) for rate in GEOMETRIES}


@pytest.fixture
def streaming(tmp_path, branches):
    onnx.save(streaming_model(branches, 16000, 16), tmp_path / "streaming.onnx")
    return tmp_path / "streaming.onnx"


@pytest.fixture
def sequence(tmp_path, branches):
    onnx.save(sequence_model(branches[16000], 16), tmp_path / "sequence.onnx")
    return tmp_path / "sequence.onnx"


def test_exported_files_pass(streaming, sequence, branches):
    for largest in (
        check_streaming(streaming, branches, 16),
        check_sequence(sequence, branches[16000], 16),
    ):
        assert 0 < largest.probability <= TOLERANCE
        assert 0 < largest.state <= STATE_TOLERANCE


def test_other_weights_are_detected(streaming, sequence, branches):
    tensors = branches[16000].tensors
    bias = tensors["lstm.bias_ih_l0"] + np.float32(0.01)
    changed = replace(branches[16000], tensors={**tensors, "lstm.bias_ih_l0": bias})
    with pytest.raises(VadError, match=r"streaming\.onnx: \w+ differs from torch by .* at most"):
        check_streaming(streaming, branches | {16000: changed}, 16)
    with pytest.raises(VadError, match=r"sequence\.onnx: \w+ differs from torch by"):
        check_sequence(sequence, changed, 16)


def test_another_opset_is_detected(streaming, branches):
    with pytest.raises(VadError, match=r"operator sets are \{'': 16\}, expected opset 17 alone"):
        check_streaming(streaming, branches, 17)


def test_another_signature_is_detected(sequence, branches):
    with pytest.raises(VadError, match=r"'input' has .*576.*, expected .*288"):
        check_sequence(sequence, load_published(8000), 16)
    with pytest.raises(VadError, match=r"inputs and outputs are \['input', 'h'"):
        check_streaming(sequence, branches, 16)


def test_functions_and_external_data_are_detected(sequence, tmp_path):
    signature = sequence_signature(GEOMETRIES[16000])
    model = onnx.load(sequence)
    node = helper.make_node("Identity", ["x"], ["y"])
    opset = helper.make_opsetid("", 16)
    model.functions.append(helper.make_function("", "F", ["x"], ["y"], [node], [opset]))
    onnx.save(model, tmp_path / "functions.onnx")
    with pytest.raises(VadError, match="holds functions"):
        check_contract(tmp_path / "functions.onnx", signature, 16)
    model = onnx.load(sequence)
    onnx.save(model, tmp_path / "external.onnx", save_as_external_data=True)
    with pytest.raises(VadError, match="keeps data outside"):
        check_contract(tmp_path / "external.onnx", signature, 16)
