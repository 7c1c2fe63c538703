"""Nodes and initializers of an ONNX graph, collected one by one."""

from collections.abc import Sequence

import numpy as np
import onnx
from numpy.typing import DTypeLike
from onnx import ValueInfoProto, helper, numpy_helper


class Nodes:
    """Nodes and initializers of one graph, named under one prefix."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def constant(
        self,
        name: str,
        values: np.ndarray | Sequence[int] | int,
        dtype: DTypeLike | None = None,
    ) -> str:
        """The name of an initializer; int64 or float32 where `dtype` is left out."""
        array = np.asarray(values)
        dtype = dtype or (np.int64 if array.dtype.kind == "i" else np.float32)
        array = np.asarray(array, dtype, order="C")
        self.initializers.append(numpy_helper.from_array(array, self.prefix + name))
        return self.prefix + name

    def node(
        self, operator: str, name: str, *inputs: str, **attributes: str | int | list[int]
    ) -> str:
        output = self.prefix + name
        node = helper.make_node(operator, inputs, [output], output)
        node.attribute.extend(helper.make_attribute(*item) for item in attributes.items())
        self.nodes.append(node)
        return output

    def slice(
        self, name: str, source: str, start: int, end: int, axis: int = 1, step: int = 1
    ) -> str:
        bounds = {"start": start, "end": end, "axis": axis, "step": step}
        inputs = (self.constant(f"{name}/{key}", [value]) for key, value in bounds.items())
        return self.node("Slice", name, source, *inputs)

    def reshape(self, name: str, source: str, shape: Sequence[int]) -> str:
        return self.node("Reshape", name, source, self.constant(f"{name}/shape", shape))

    def pad(self, name: str, source: str, pads: Sequence[int], mode: str = "constant") -> str:
        return self.node("Pad", name, source, self.constant(f"{name}/pads", pads), mode=mode)

    def graph(
        self, name: str, inputs: list[ValueInfoProto], outputs: list[ValueInfoProto]
    ) -> onnx.GraphProto:
        return helper.make_graph(self.nodes, name, inputs, outputs, self.initializers)
