"""The exported ONNX graphs, written node by node from the weights of a branch.

Neither of torch's exporters can keep the contract (torch 2.13). With `dynamo=True` the file is
opset 18 when a lower one was asked for, with no more than a warning, and the number of windows in
the example is baked into a Reshape; `dynamo=False` is deprecated and stops at opset 23. And a
traced graph repeats the convolutions over four frames, where ONNX Runtime spends most of its time.

Written by hand, one set of operators whose signature is the same in every opset serves them all,
and the arithmetic is laid out as matrix products over windows (vad.export.layers).
"""

from collections.abc import Mapping
from typing import Literal

import onnx
from onnx import TensorProto, ValueInfoProto, helper

from vad.errors import VadError
from vad.export.layers import FRAME_COUNT, Branch
from vad.export.nodes import Nodes
from vad.export.stft import magnitudes_of_many
from vad.export.storage import Storage
from vad.export.winograd import conv2_of_many
from vad.silero.geometry import STATE_SIZE
from vad.silero.weights import BranchWeights

# 15 is the first with the start and end of Shape, 28 the last that ONNX Runtime 1.32 takes.
OPSETS = range(15, min(28, onnx.defs.onnx_opset_version()) + 1)
# Of the five hops in four frames, where the input is the shortest that the official file takes.
MOST_MISSING_HOPS = 3


def streaming_model(
    branches: Mapping[int, BranchWeights],
    tuned_rate: int,
    opset: int,
    rates: Literal["both", "tuned"] = "both",
    metadata: Mapping[str, str] | None = None,
    storage: Storage = "float32",
    shapes: Literal["dynamic", "fixed"] = "dynamic",
) -> onnx.ModelProto:
    """Drop-in for the official `silero_vad.onnx`: one window of each stream per call.

    Inputs `input` [batch, samples], `state` [2, batch, 128] and `sr` (Hz), outputs `output`
    [batch, 1] and `stateN` [2, batch, 128]. As in the official file, whatever is not 16000 Hz
    takes the 8 kHz branch. With rates `tuned` the file holds `branches[tuned_rate]` alone, and
    `sr` is accepted and ignored. With shapes `fixed`, which go with rates `tuned`, the batch is 1
    and the input one window with its context. Raises VadError when `opset` is not in OPSETS.
    """
    samples = branches[tuned_rate].geometry.input_samples
    sizes = ("batch", "samples") if shapes == "dynamic" else (1, samples)
    inputs = [
        _tensor("input", *sizes),
        _tensor("state", 2, sizes[0], STATE_SIZE),
        helper.make_tensor_value_info("sr", TensorProto.INT64, []),
    ]
    if rates == "tuned":
        nodes = Branch(branches[tuned_rate], "", storage)
        graph = _streaming_graph(nodes, "silero_vad", inputs, sizes[0])
    else:
        graph = _switched_graph(branches, inputs, storage)
    return _model(graph, opset, metadata)


def sequence_model(
    branch: BranchWeights,
    opset: int,
    metadata: Mapping[str, str] | None = None,
    storage: Storage = "float32",
) -> onnx.ModelProto:
    """Counterpart of `silero_vad_16k_sequence.onnx`: consecutive windows of one recording.

    Inputs `input` [windows, context + window samples], `h` and `c` [1, 1, 128], outputs
    `speech_probs` [windows], `hn` and `cn` [1, 1, 128]. Raises VadError when `opset` is not in
    OPSETS.
    """
    geometry = branch.geometry
    nodes = Branch(branch, "", storage)
    spectrum = magnitudes_of_many(nodes, "input", FRAME_COUNT, geometry.hop_samples)
    features = nodes.top(conv2_of_many(nodes, spectrum))
    steps = nodes.reshape("steps", features, [-1, 1, STATE_SIZE])
    hidden = nodes.reshape("hidden", nodes.lstm(steps, "h", "c"), [-1, STATE_SIZE])
    nodes.reshape("speech_probs", nodes.probabilities("probabilities", hidden), [-1])
    windows = _tensor("input", "windows", geometry.input_samples)
    h, c, hn, cn = (_tensor(name, 1, 1, STATE_SIZE) for name in ("h", "c", "hn", "cn"))
    outputs = [_tensor("speech_probs", "windows"), hn, cn]
    graph = nodes.graph("silero_vad_sequence", [windows, h, c], outputs)
    return _model(graph, opset, metadata)


def _streaming_graph(
    nodes: Branch, name: str, inputs: list[ValueInfoProto], batch: int | str = "batch"
) -> onnx.GraphProto:
    if batch == "batch":
        features = nodes.features(_padded(nodes), nodes.half_hops())
    else:
        features = nodes.features(_reflected(nodes))
    hn, cn = nodes.lstm_step(features, "state")
    nodes.probabilities("output", nodes.reshape("hidden", hn, [-1, STATE_SIZE]))
    nodes.node("Concat", "stateN", hn, cn, axis=0)
    return nodes.graph(name, inputs, _streaming_outputs(nodes.prefix, batch))


def _padded(nodes: Branch) -> str:
    """The input and its reflection, in four frames or more whatever its length.

    Frames that a short input does not have are multiplied by zero, so any samples may stand there.
    A longer input is cut off after four frames.
    """
    missing = MOST_MISSING_HOPS * nodes.geometry.hop_samples
    return nodes.pad("padded", _reflected(nodes), [0, 0, 0, missing])


def _reflected(nodes: Branch) -> str:
    """The input and its reflection: four frames for a whole window."""
    padding = nodes.geometry.padding_samples
    return nodes.pad("reflected", "input", [0, 0, 0, padding], mode="reflect")


def _switched_graph(
    branches: Mapping[int, BranchWeights], inputs: list[ValueInfoProto], storage: Storage
) -> onnx.GraphProto:
    """Both branches under one If; weights stand inside, as every captured value costs time."""
    switch = Nodes("")
    is_16k = switch.node("Equal", "is_16k", "sr", switch.constant("16000_hz", 16000))
    bodies = {
        key: _streaming_graph(
            Branch(branches[rate], f"{rate // 1000}k/", storage), f"{rate}_hz", []
        )
        for key, rate in (("then_branch", 16000), ("else_branch", 8000))
    }
    outputs = _streaming_outputs("")
    names = [output.name for output in outputs]
    switch.nodes.append(helper.make_node("If", [is_16k], names, "sampling_rate", **bodies))
    return switch.graph("silero_vad", inputs, outputs)


def _streaming_outputs(prefix: str, batch: int | str = "batch") -> list[ValueInfoProto]:
    return [
        _tensor(f"{prefix}output", batch, 1),
        _tensor(f"{prefix}stateN", 2, batch, STATE_SIZE),
    ]


def _tensor(name: str, *shape: int | str) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _model(
    graph: onnx.GraphProto, opset: int, metadata: Mapping[str, str] | None
) -> onnx.ModelProto:
    if opset not in OPSETS:
        raise VadError(f"opset: {opset}, expected {OPSETS[0]} to {OPSETS[-1]}")
    imports = [helper.make_opsetid("", opset)]
    model = helper.make_model(
        graph,
        opset_imports=imports,
        ir_version=helper.find_min_ir_version_for(imports),
        producer_name="silero-vad-finetune",
    )
    helper.set_model_props(model, dict(sorted((metadata or {}).items())))
    onnx.checker.check_model(model, full_check=True)
    return model
