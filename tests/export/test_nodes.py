"""Nodes and constants get the prefix, the type and the order that the graph needs."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from vad.export.nodes import Nodes
from vad.export.runtime import open_session


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([1, 2], None, np.int64),
        (np.ones((2, 3), np.int32), None, np.int64),
        (np.ones((2, 3)), None, np.float32),
        (np.ones((2, 3)).T, np.float16, np.float16),
        (5, None, np.int64),
    ],
)
def test_constants(values, dtype, expected):
    nodes = Nodes("16k/")
    assert nodes.constant("weights", values, dtype) == "16k/weights"
    stored = numpy_helper.to_array(nodes.initializers[0])
    assert stored.dtype == expected
    np.testing.assert_array_equal(stored, values)


def test_a_graph_of_slice_reshape_and_pad():
    nodes = Nodes("p/")
    backwards = nodes.slice("backwards", "input", -1, -4, step=-1)
    column = nodes.reshape("column", backwards, [-1, 1])
    padded = nodes.pad("padded", column, [0, 0, 0, 2])
    assert (backwards, column, padded) == ("p/backwards", "p/column", "p/padded")
    graph = nodes.graph(
        "test",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 6])],
        [helper.make_tensor_value_info(padded, TensorProto.FLOAT, [3, 3])],
    )
    opset = [helper.make_opsetid("", 16)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    samples = np.arange(6, dtype=np.float32)[None]
    (actual,) = open_session(model.SerializeToString()).run(None, {"input": samples})
    np.testing.assert_array_equal(actual, [[5, 0, 0], [4, 0, 0], [3, 0, 0]])
