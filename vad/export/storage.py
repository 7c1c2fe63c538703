"""How the weights lie in an exported file: as float32, float16 or int8.

Whatever the file holds is turned into float32 by nodes that the runtime computes once, when it
loads the file. The arithmetic on audio stays float32, so rows of a batch stay independent, which
they do not when activations are quantised too.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from onnx import TensorProto

from vad.export.nodes import Nodes
from vad.silero.weights import BranchWeights

Storage = Literal["float32", "float16", "int8"]
Layout = Callable[[np.ndarray], np.ndarray]

LARGEST_CODE = 127


def add_weights(
    nodes: Nodes, name: str, values: np.ndarray, layout: Layout, storage: Storage
) -> str:
    """The name of float32 `layout(values)`, kept as `storage` says.

    The first axis of `values` is that of output channels; each has a scale of its own in int8, and
    `layout` must keep the elements of a channel in one column (or in one row before a last axis).
    """
    if storage == "float32":
        return nodes.constant(name, layout(values))
    if storage == "float16":
        half = nodes.constant(f"{name}/float16", layout(values), np.float16)
        return nodes.node("Cast", name, half, to=TensorProto.FLOAT)
    codes, scales = companded(values)
    columns = layout(np.broadcast_to(scales, values.shape))
    columns = columns[:1] if columns.ndim == 2 else columns[..., :1]
    code = nodes.constant(f"{name}/int8", layout(codes), np.int8)
    code = nodes.node("Cast", f"{name}/code", code, to=TensorProto.FLOAT)
    squares = nodes.node("Mul", f"{name}/square", code, nodes.node("Abs", f"{name}/size", code))
    return nodes.node("Mul", name, squares, nodes.constant(f"{name}/scale", columns))


def companded(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes int8 and scales float32 [channels, 1, ...] of `values` [channels, ...].

    An element is code * |code| * scale. Steps are fine about zero, where most weights are: on real
    audio the probabilities move a fifth as far as with equal steps.
    """
    largest = np.abs(values).max(axis=tuple(range(1, values.ndim)), keepdims=True)
    scales = (np.maximum(largest, np.finfo(np.float32).tiny) / LARGEST_CODE**2).astype(np.float32)
    codes = np.sign(values) * np.round(np.sqrt(np.abs(values) / scales))
    return codes.clip(-LARGEST_CODE, LARGEST_CODE).astype(np.int8), scales


def rounded(values: np.ndarray, storage: Storage) -> np.ndarray:
    """The float32 that a runtime gets back."""
    if storage == "int8":
        codes, scales = companded(values)
        code = codes.astype(np.float32)
        return code * np.abs(code) * scales
    return values.astype(storage).astype(np.float32)


def rounded_weights(branch: BranchWeights, storage: Storage) -> BranchWeights:
    """The weights as a runtime gets them back from a file of that storage."""
    values = {key: rounded(array, storage) for key, array in stored_weights(branch).items()}
    input_weight, hidden_weight = np.hsplit(values.pop("lstm.weight"), 2)
    values |= {"lstm.weight_ih_l0": input_weight, "lstm.weight_hh_l0": hidden_weight}
    return BranchWeights(branch.geometry, {**branch.tensors, **values})


def stored_weights(branch: BranchWeights) -> dict[str, np.ndarray]:
    """The large weights by name; those of the LSTM side by side, `lstm.weight` [512, 256].

    The rest (biases and the head, 2.5 KB) are always float32.
    """
    tensors = branch.tensors
    weights = {
        key: tensors[key] for key in tensors if key.startswith("encoder") and "weight" in key
    }
    lstm = np.hstack([tensors[f"lstm.weight_{kind}_l0"] for kind in ("ih", "hh")])
    return weights | {"lstm.weight": lstm}
