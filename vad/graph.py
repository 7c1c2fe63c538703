"""The exported ONNX graphs, written node by node from the weights of a branch.

Neither of torch's exporters can keep the contract (torch 2.13). With `dynamo=True` the file is
opset 18 when a lower one was asked for, with no more than a warning, and the number of windows in
the example is baked into a Reshape; `dynamo=False` is deprecated and stops at opset 23. And a
traced graph repeats the convolutions over four frames, where ONNX Runtime spends most of its time.

Written by hand, one set of operators whose signature is the same in every opset serves them all,
and the arithmetic is laid out as matrix products over windows. At one window per call most of the
time goes into reading the weights from the cache and into the nodes themselves, so dead taps are
dropped and the STFT basis is folded, but a cell written out in place of LSTM gains nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import onnx
from onnx import TensorProto, ValueInfoProto, helper, numpy_helper

from vad.errors import VadError
from vad.network import STATE_SIZE, SileroVad

# 15 is the first with the start and end of Shape, 28 the last that ONNX Runtime 1.32 takes.
OPSETS = range(15, min(28, onnx.defs.onnx_opset_version()) + 1)

FRAME_COUNT = 4
TAP_COUNT = 3
# As a bias it closes the ReLU of a frame that a short input does not have.
CLOSED = -1e30
BASIS_TOLERANCE = 1e-6


def streaming_model(
    branches: Mapping[int, SileroVad],
    tuned_rate: int,
    opset: int,
    rates: Literal["both", "tuned"] = "both",
    metadata: Mapping[str, str] | None = None,
) -> onnx.ModelProto:
    """Drop-in for the official `silero_vad.onnx`: one window of each stream per call.

    Inputs `input` [batch, samples], `state` [2, batch, 128] and `sr` (Hz), outputs `output`
    [batch, 1] and `stateN` [2, batch, 128]. As in the official file, whatever is not 16000 Hz
    takes the 8 kHz branch. With rates `tuned` the file holds `branches[tuned_rate]` alone, and
    `sr` is accepted and ignored. Raises VadError when `opset` is not in OPSETS.
    """
    inputs = [
        _tensor("input", "batch", "samples"),
        _tensor("state", 2, "batch", STATE_SIZE),
        helper.make_tensor_value_info("sr", TensorProto.INT64, []),
    ]
    if rates == "tuned":
        graph = _streaming_graph(branches[tuned_rate], "", "silero_vad", inputs)
    else:
        graph = _switched_graph(branches, inputs)
    return _model(graph, opset, metadata)


def sequence_model(
    network: SileroVad, opset: int, metadata: Mapping[str, str] | None = None
) -> onnx.ModelProto:
    """Counterpart of `silero_vad_16k_sequence.onnx`: consecutive windows of one recording.

    Inputs `input` [windows, context + window samples], `h` and `c` [1, 1, 128], outputs
    `speech_probs` [windows], `hn` and `cn` [1, 1, 128]. Raises VadError when `opset` is not in
    OPSETS.
    """
    geometry = network.geometry
    nodes = _Branch(network, "")
    padded = nodes.pad("padded", "input", [0, 0, 0, geometry.padding_samples], mode="reflect")
    steps = nodes.reshape("steps", nodes.features(padded, None), [-1, 1, STATE_SIZE])
    hidden = nodes.reshape("hidden", nodes.lstm(steps, "h", "c"), [-1, STATE_SIZE])
    nodes.reshape("speech_probs", nodes.probabilities("probabilities", hidden), [-1])
    windows = _tensor("input", "windows", geometry.input_samples)
    h, c, hn, cn = (_tensor(name, 1, 1, STATE_SIZE) for name in ("h", "c", "hn", "cn"))
    outputs = [_tensor("speech_probs", "windows"), hn, cn]
    graph = nodes.graph("silero_vad_sequence", [windows, h, c], outputs)
    return _model(graph, opset, metadata)


class _Nodes:
    """Nodes and initializers of one graph, named under one prefix."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def constant(self, name: str, values: np.ndarray | Sequence[int] | int) -> str:
        array = np.asarray(values)
        array = np.asarray(array, np.int64 if array.dtype.kind == "i" else np.float32, order="C")
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


class _Branch(_Nodes):
    """The layers of one branch as nodes; every method returns the name of its result."""

    def __init__(self, network: SileroVad, prefix: str) -> None:
        super().__init__(prefix)
        self.geometry = network.geometry
        self.weights = {key: value.cpu().numpy() for key, value in network.state_dict().items()}

    def frame_count(self) -> str:
        """How many STFT frames the input holds, [1]: four for a whole window with its context."""
        geometry = self.geometry
        overhang = geometry.stft_samples - geometry.padding_samples - geometry.hop_samples
        samples = self.node("Shape", "samples", "input", start=1, end=2)
        hops = self.node("Sub", "frames/samples", samples, self.constant("overhang", [overhang]))
        return self.node("Div", "frames", hops, self.constant("hop", [geometry.hop_samples]))

    def features(self, samples: str, frames: str | None) -> str:
        """Features [batch, 128] of padded samples [batch, at least 5 hops].

        `frames` names the number of frames that count, [1]; None when all four do.
        """
        conv1 = self._conv1(self._magnitudes(samples), frames)
        conv2 = self._conv2(conv1, frames)
        # Over two frames and then over one, the other taps lie on the padding.
        third, fourth = self.weights["encoder.2.0.weight"], self.weights["encoder.3.0.weight"]
        conv3 = self._conv_as_product("conv3", conv2, third[:, :, 1:], "encoder.2.0.bias")
        return self._conv_as_product("conv4", conv3, fourth[:, :, 1:2], "encoder.3.0.bias")

    def lstm(self, steps: str, h: str, c: str) -> str:
        """Hidden states [steps, 1, batch, 128] of `steps` [steps, batch, 128].

        `h` and `c` are [1, batch, 128]; the state after the last step is called hn and cn.
        """
        input_weight, hidden_weight, input_bias, hidden_bias = (
            _gates_as_in_onnx(self.weights[f"lstm.{name}_l0"])[None]
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        inputs = [
            steps,
            self.constant("lstm/input_weight", input_weight),
            self.constant("lstm/hidden_weight", hidden_weight),
            self.constant("lstm/bias", np.concatenate((input_bias, hidden_bias), axis=1)),
            *("", h, c),
        ]
        name = f"{self.prefix}lstm"
        outputs = [name, f"{self.prefix}hn", f"{self.prefix}cn"]
        self.nodes.append(helper.make_node("LSTM", inputs, outputs, name, hidden_size=STATE_SIZE))
        return name

    def probabilities(self, name: str, hidden: str) -> str:
        """Speech probabilities [rows, 1] of hidden states [rows, 128]."""
        weight = self.constant("head/weight", self.weights["head.weight"].T)
        bias = self.constant("head/bias", self.weights["head.bias"])
        positive = self.node("Relu", "head/relu", hidden)
        return self.node("Sigmoid", name, self.node("Gemm", "head/logits", positive, weight, bias))

    def _magnitudes(self, samples: str) -> str:
        """STFT magnitudes [batch, 4, bins] of padded samples [batch, at least 5 hops].

        A windowed cosine is even about the middle of the frame and a windowed sine odd, so that
        each needs the products of half a frame: of the sum and of the difference of its halves.
        """
        hop = self.geometry.hop_samples
        frames = [-1, FRAME_COUNT, hop]
        first = self.slice("first_half/samples", samples, 1, FRAME_COUNT * hop + 1)
        first = self.reshape("first_half", first, frames)
        second = self.slice("second_half/samples", samples, hop, (FRAME_COUNT + 1) * hop)
        second = self.reshape("second_half", second, frames)
        mirrored = self.slice("mirrored_half", second, -1, -hop - 1, axis=2, step=-1)
        cosine, sine = _folded(self.weights["stft_basis"][:, 0], hop)
        even = self.node("Add", "even", first, mirrored)
        odd = self.node("Sub", "odd", first, mirrored)
        real = self.node("MatMul", "real", even, self.constant("stft/cosine", cosine))
        imaginary = self.node("MatMul", "imaginary", odd, self.constant("stft/sine", sine))
        squares = (
            self.node("Mul", "real_squared", real, real),
            self.node("Mul", "imaginary_squared", imaginary, imaginary),
        )
        return self.node("Sqrt", "magnitudes", self.node("Add", "power", *squares))

    def _conv1(self, magnitudes: str, frames: str | None) -> str:
        """Stride 1 over four frames of magnitudes and one of silence: [batch, 4, 128]."""
        silence_after = self.pad("conv1/padded", magnitudes, [0, 0, 0, 0, 1, 0])
        taps = self._for_frames("conv1/taps", _tapped_frames(), frames)
        tapped = self.node("Gather", "conv1/tapped", silence_after, taps, axis=1)
        rows = [-1, FRAME_COUNT, TAP_COUNT * self.geometry.bin_count]
        unrolled = _unrolled(self.weights["encoder.0.0.weight"].swapaxes(1, 2))
        product = self.node(
            "MatMul",
            "conv1/product",
            self.reshape("conv1/rows", tapped, rows),
            self.constant("conv1/weight", unrolled),
        )
        biases = _biases(self.weights["encoder.0.0.bias"], needed_frames=(1, 2, 3, 4))
        bias = self._for_frames("conv1/bias", biases, frames)
        return self.node("Relu", "conv1", self.node("Add", "conv1/sum", product, bias))

    def _conv2(self, conv1: str, frames: str | None) -> str:
        """Stride 2, as one matrix over all four frames: [batch, 64 * 2].

        Channel by channel with the frames inside, as a convolution sums them: in a steady signal
        the taps cancel, and summed tap by tap they would lose that in rounding.
        """
        by_channel = self.node("Transpose", "conv2/by_channel", conv1, perm=[0, 2, 1])
        weight = self.weights["encoder.1.0.weight"]
        flat = self.reshape("conv2/frames", by_channel, [-1, FRAME_COUNT * weight.shape[1]])
        biases = _biases(self.weights["encoder.1.0.bias"], needed_frames=(1, 3))
        table = biases.swapaxes(1, 2).reshape(FRAME_COUNT + 1, -1)
        bias = self._for_frames("conv2/bias", table, frames)
        matrix = self.constant("conv2/weight", _strided(weight))
        return self.node("Relu", "conv2", self.node("Gemm", "conv2/sum", flat, matrix, bias))

    def _for_frames(self, name: str, table: np.ndarray, frames: str | None) -> str:
        """The row of a table [5, ...] for the number of frames."""
        if frames is None:
            return self.constant(name, table[FRAME_COUNT])
        return self.node("Gather", name, self.constant(f"{name}/by_frames", table), frames)

    def _conv_as_product(self, name: str, source: str, weight: np.ndarray, bias: str) -> str:
        matrix = self.constant(f"{name}/weight", _unrolled(weight))
        shift = self.constant(f"{name}/bias", self.weights[bias])
        return self.node("Relu", name, self.node("Gemm", f"{name}/sum", source, matrix, shift))


def _streaming_graph(
    network: SileroVad, prefix: str, name: str, inputs: list[ValueInfoProto]
) -> onnx.GraphProto:
    geometry = network.geometry
    nodes = _Branch(network, prefix)
    reflection = [0, 0, 0, geometry.padding_samples]
    reflected = nodes.pad("reflected", "input", reflection, mode="reflect")
    # Gives the shortest input four frames too; what a longer one has beyond them is cut off.
    spare = [0, 0, 0, (FRAME_COUNT - 1) * geometry.hop_samples]
    features = nodes.features(nodes.pad("padded", reflected, spare), nodes.frame_count())
    h, c = f"{prefix}h", f"{prefix}c"
    halves = nodes.constant("halves", [1, 1])
    nodes.nodes.append(helper.make_node("Split", ["state", halves], [h, c], f"{prefix}h_and_c"))
    step = nodes.reshape("step", features, [1, -1, STATE_SIZE])
    hidden = nodes.reshape("hidden", nodes.lstm(step, h, c), [-1, STATE_SIZE])
    nodes.probabilities("output", hidden)
    nodes.node("Concat", "stateN", f"{prefix}hn", f"{prefix}cn", axis=0)
    return nodes.graph(name, inputs, _streaming_outputs(prefix))


def _switched_graph(
    branches: Mapping[int, SileroVad], inputs: list[ValueInfoProto]
) -> onnx.GraphProto:
    """Both branches under one If; weights stand inside, as every captured value costs time."""
    switch = _Nodes("")
    is_16k = switch.node("Equal", "is_16k", "sr", switch.constant("16000_hz", 16000))
    bodies = {
        key: _streaming_graph(branches[rate], f"{rate // 1000}k/", f"{rate}_hz", [])
        for key, rate in (("then_branch", 16000), ("else_branch", 8000))
    }
    outputs = _streaming_outputs("")
    names = [output.name for output in outputs]
    switch.nodes.append(helper.make_node("If", [is_16k], names, "sampling_rate", **bodies))
    return switch.graph("silero_vad", inputs, outputs)


def _streaming_outputs(prefix: str) -> list[ValueInfoProto]:
    return [
        _tensor(f"{prefix}output", "batch", 1),
        _tensor(f"{prefix}stateN", 2, "batch", STATE_SIZE),
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


def _tapped_frames() -> np.ndarray:
    """By number of frames, the frames under the taps of the first convolution: [5, 4 * 3].

    Frame 4 is silence. An input without a whole frame has no answer: its indices are out of
    bounds, and the call fails as it does with the official file.
    """
    frames = np.arange(FRAME_COUNT)[:, None] + np.arange(TAP_COUNT) - 1
    counts = np.arange(FRAME_COUNT + 1)[:, None, None]
    table = np.where((frames >= 0) & (frames < counts), frames, FRAME_COUNT)
    table[0] = FRAME_COUNT + 1
    return table.reshape(FRAME_COUNT + 1, -1)


def _biases(bias: np.ndarray, needed_frames: Sequence[int]) -> np.ndarray:
    """By number of frames, the bias of each output frame: [5, outputs, channels].

    An output that needs more frames than there are would lie on padding; it is closed.
    """
    counts = np.arange(FRAME_COUNT + 1)[:, None, None]
    is_open = counts >= np.asarray(needed_frames)[:, None]
    return np.where(is_open, bias, np.float32(CLOSED))


def _unrolled(weight: np.ndarray) -> np.ndarray:
    """The matrix [in * taps, out] of a convolution [out, in, taps]."""
    return weight.reshape(weight.shape[0], -1).T


def _strided(weight: np.ndarray) -> np.ndarray:
    """The matrix [in * 4, out * 2] of a convolution of stride 2 over four frames."""
    outputs, inputs, _ = weight.shape
    matrix = np.zeros((inputs, FRAME_COUNT, outputs, 2), np.float32)
    matrix[:, :2, :, 0] = weight[:, :, 1:].transpose(1, 2, 0)
    matrix[:, 1:, :, 1] = weight.transpose(1, 2, 0)
    return matrix.reshape(inputs * FRAME_COUNT, outputs * 2)


def _folded(basis: np.ndarray, hop: int) -> tuple[np.ndarray, np.ndarray]:
    """Cosines and sines [hop, bins] over samples 1 to hop of a frame, from [2 * bins, 2 * hop].

    Sample 0 has no partner and no weight; the middle one is its own and counts twice in the sum.
    """
    cosine, sine = np.split(basis.T, 2, axis=1)
    mirrored = -np.arange(2 * hop)
    asymmetry = max(np.abs(cosine - cosine[mirrored]).max(), np.abs(sine + sine[mirrored]).max())
    if max(asymmetry, np.abs(basis[:, 0]).max()) > BASIS_TOLERANCE:
        raise VadError("stft_basis: expected windowed cosines and sines, symmetric in the frame")
    middle = np.where(np.arange(1, hop + 1) == hop, 0.5, 1.0)[:, None]
    return cosine[1 : hop + 1] * middle, sine[1 : hop + 1]


def _gates_as_in_onnx(values: np.ndarray) -> np.ndarray:
    """Torch stacks input, forget, cell, output; ONNX input, output, forget, cell."""
    i, f, g, o = np.split(values, 4)
    return np.concatenate((i, o, f, g))
