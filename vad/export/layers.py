"""The layers of the network as ONNX nodes, laid out as matrix products over windows.

At one window per call most of the time goes into reading the weights from the cache and into the
nodes themselves, so dead taps are dropped, the STFT basis is folded, and a product with a matrix of
zeros and ones pads, shifts and masks frames in one node.
"""

from collections.abc import Sequence

import numpy as np
from onnx import helper

from vad.export.nodes import Nodes
from vad.export.stft import check_basis, magnitudes
from vad.export.storage import Layout, Storage, add_weights, rounded, stored_weights
from vad.silero.geometry import STATE_SIZE, TAP_COUNT
from vad.silero.weights import BranchWeights

FRAME_COUNT = 4
# Frames of conv1 under the taps of the two outputs of conv2; -1 is padding.
CONV2_FRAMES = (-1, 0, 1, 1, 2, 3)
# Whole half hops of the longest input that the official file takes.
MOST_HALF_HOPS = 10
# Products of features up to it, and their sums, are finite; those of audio are below 100.
LARGEST_FEATURE = 1e30


class Branch(Nodes):
    """The layers of one branch as nodes; every method returns the name of its result.

    Where a method takes `half_hops`, that names the length of the input as `half_hops()` counts
    it, [1]; None where all four STFT frames are there.
    """

    def __init__(self, branch: BranchWeights, prefix: str, storage: Storage = "float32") -> None:
        super().__init__(prefix)
        self.geometry = branch.geometry
        self.storage = storage
        self.weights = {**branch.tensors, **stored_weights(branch)}
        check_basis(self.weights["stft_basis"][:, 0])

    def half_hops(self) -> str:
        """How many whole half hops the input has, [1]; the number of frames follows from it."""
        samples = self.node("Shape", "samples", "input", start=1, end=2)
        half_hop = self.constant("half_hop", [self.geometry.hop_samples // 2])
        return self.node("Div", "half_hops", samples, half_hop)

    def features(self, samples: str, half_hops: str | None = None) -> str:
        """Features [batch, 128] of padded samples [batch, at least 5 hops]."""
        spectrum = magnitudes(self, samples, FRAME_COUNT, self.geometry.hop_samples)
        conv2 = self._conv2(self._conv1(spectrum, half_hops), half_hops)
        return self.top(conv2, half_hops)

    def conv2_frames(self, rows: str) -> str:
        """Frames [rows, 64] of conv2 from three frames of conv1 side by side, [rows, 3 * 128]."""
        matrix = self.matrix("conv2", "encoder.1.0.weight", _by_frame)
        return self._dense("conv2/frames", rows, matrix, self.weights["encoder.1.0.bias"], "Relu")

    def top(self, conv2: str, half_hops: str | None = None) -> str:
        """Features [batch, 128] of what conv2 gives, [batch, 2 * 64]."""
        conv3 = self._conv3(conv2, half_hops)
        # Over a single frame the other taps lie on the padding.
        centre = self.matrix("conv4", "encoder.3.0.weight", lambda weight: weight[:, :, 1].T)
        return self._dense("conv4", conv3, centre, self.weights["encoder.3.0.bias"], "Relu")

    def lstm(self, steps: str, h: str, c: str) -> str:
        """Hidden states [steps, 1, batch, 128] of `steps` [steps, batch, 128].

        `h` and `c` are [1, batch, 128]; the state after the last step is called hn and cn.
        """
        biases = [_gates_as_in_onnx(self.weights[f"lstm.bias_{kind}_l0"]) for kind in ("ih", "hh")]
        inputs = [
            steps,
            self.matrix("lstm/input", "lstm.weight", _lstm_columns(slice(STATE_SIZE))),
            self.matrix("lstm/hidden", "lstm.weight", _lstm_columns(slice(STATE_SIZE, None))),
            self.constant("lstm/bias", np.concatenate(biases)[None]),
            *("", h, c),
        ]
        name = f"{self.prefix}lstm"
        outputs = [name, f"{self.prefix}hn", f"{self.prefix}cn"]
        self.nodes.append(helper.make_node("LSTM", inputs, outputs, name, hidden_size=STATE_SIZE))
        return name

    def lstm_step(self, features: str, state: str) -> tuple[str, str]:
        """One step of the LSTM: h and c after it, [1, batch, 128] each.

        Takes `features` [batch, 128] and `state` [2, batch, 128]. Written out, products and
        activations are fused, which the operator LSTM does not do for a single step.

        A sample that is not a finite number, such as 0 / 0 of a client that normalises silence,
        would stay in the state for ever; the operator LSTM forgets it, and so does this.
        """
        features = self._finite("lstm/features", features)
        h = self.node("Gather", "h", state, self.constant("h/row", 0), axis=0)
        c = self.node("Gather", "c", state, self.constant("c/row", [1]), axis=0)
        inputs = self.node("Concat", "lstm/inputs", features, h, axis=1)
        biases = self.weights["lstm.bias_ih_l0"] + self.weights["lstm.bias_hh_l0"]
        # Torch stacks input, forget, cell, output.
        cell = slice(2 * STATE_SIZE, 3 * STATE_SIZE)
        rest = np.delete(np.arange(4 * STATE_SIZE), cell)
        gates = self.matrix("lstm/gates", "lstm.weight", lambda weight: weight[rest].T)
        gates = self._dense("lstm/gates", inputs, gates, biases[rest], "Sigmoid")
        proposal = self.matrix("lstm/cell", "lstm.weight", lambda weight: weight[cell].T)
        proposal = self._dense("lstm/cell", inputs, proposal, biases[cell], "Tanh")
        input_gate, forget_gate, output_gate = self._thirds("lstm/gate", gates)
        c_rest = self.node("Mul", "lstm/remembered", forget_gate, c)
        c_new = self.node("Mul", "lstm/new", input_gate, proposal)
        cn = self.node("Add", "cn", c_rest, c_new)
        return self.node("Mul", "hn", output_gate, self.node("Tanh", "lstm/tanh", cn)), cn

    def probabilities(self, name: str, hidden: str) -> str:
        """Speech probabilities [rows, 1] of hidden states [rows, 128]."""
        positive = self.node("Relu", "head/relu", hidden)
        weight = self.constant("head/weight", self.weights["head.weight"].T)
        return self._dense("head", positive, weight, self.weights["head.bias"], "Sigmoid", name)

    def _conv1(self, spectrum: str, half_hops: str | None) -> str:
        """Stride 1 over `spectrum` [batch, 4, bins]: [batch * 4, 128]."""
        bias, bins = self.weights["encoder.0.0.bias"], self.geometry.bin_count
        taps = [frame + tap - 1 for frame in range(FRAME_COUNT) for tap in range(TAP_COUNT)]
        table = np.stack([selection(taps, count) for count in range(FRAME_COUNT + 1)])
        tapped = self._selected("conv1/tapped", spectrum, table, half_hops)
        rows = self.reshape("conv1/rows", tapped, [-1, TAP_COUNT * bins])
        matrix = self.matrix("conv1", "encoder.0.0.weight", _by_frame)
        return self._dense("conv1", rows, matrix, bias, "Relu")

    def _conv2(self, conv1: str, half_hops: str | None) -> str:
        """Stride 2, two frames side by side: [batch, 2 * 64].

        The second does not exist where the input has less than three frames: it is the ReLU of the
        bias then, whatever the samples.
        """
        channels = len(self.weights["encoder.0.0.bias"])
        table = np.stack([selection(CONV2_FRAMES, count) for count in range(FRAME_COUNT + 1)])
        table[:3, TAP_COUNT:] = 0
        windows = self.reshape("conv2/windows", conv1, [-1, FRAME_COUNT, channels])
        tapped = self._selected("conv2/tapped", windows, table, half_hops)
        rows = self.reshape("conv2/rows", tapped, [-1, TAP_COUNT * channels])
        outputs = 2 * len(self.weights["encoder.1.0.bias"])
        return self.reshape("conv2", self.conv2_frames(rows), [-1, outputs])

    def _conv3(self, conv2: str, half_hops: str | None) -> str:
        """Stride 2 over two frames, of which the first tap lies on the padding: [batch, 64].

        Where the second frame does not exist, conv2 has its ReLU of the bias alone there, and the
        bias of conv3 takes its share off again.
        """
        bias = self.weights["encoder.2.0.bias"]
        second = rounded(self.weights["encoder.2.0.weight"], self.storage)[:, :, 2]
        without_second = bias - second @ self.weights["encoder.1.0.bias"].clip(min=0)
        table = np.stack([without_second] * 3 + [bias] * 2)
        shift = self._by_length("conv3/bias", table, half_hops)
        matrix = self.matrix(
            "conv3", "encoder.2.0.weight", lambda weight: _by_frame(weight[:, :, 1:])
        )
        return self._dense("conv3", conv2, matrix, shift, "Relu")

    def _finite(self, name: str, values: str) -> str:
        """`values`, none of them negative, with 0 where they are beyond LARGEST_FEATURE or NaN."""
        largest = self.constant(f"{name}/largest", np.array(LARGEST_FEATURE))
        is_finite = self.node("LessOrEqual", f"{name}/is_finite", values, largest)
        zero = self.constant(f"{name}/zero", np.array(0.0))
        return self.node("Where", name, is_finite, values, zero)

    def _selected(self, name: str, windows: str, table: np.ndarray, half_hops: str | None) -> str:
        """Frames of `windows` [batch, 4, width]: [batch, selected, width].

        A product with zeros and ones, for it does the work of Pad and Gather in one node.
        """
        frames = self._by_length(f"{name}/frames", table, half_hops)
        return self.node("MatMul", name, frames, windows)

    def _by_length(self, name: str, table: np.ndarray, half_hops: str | None) -> str:
        """The row of a table [5, ...] for the number of frames, [1, ...], or its last one."""
        if half_hops is None:
            return self.constant(name, table[FRAME_COUNT])
        frame_counts = np.maximum(np.arange(MOST_HALF_HOPS + 1) - 1, 0) // 2
        rows = self.constant(f"{name}/by_half_hops", table[frame_counts])
        return self.node("Gather", name, rows, half_hops)

    def matrix(self, name: str, key: str, layout: Layout) -> str:
        """The weights of that key in `layout`, kept as the file keeps them."""
        return add_weights(self, f"{name}/weight", self.weights[key], layout, self.storage)

    def _dense(
        self,
        name: str,
        rows: str,
        matrix: str,
        bias: np.ndarray | str,
        activation: str,
        output: str = "",
    ) -> str:
        """`rows` [rows, in] by a matrix [in, out]; ONNX Runtime fuses the activation into it."""
        shift = bias if isinstance(bias, str) else self.constant(f"{name}/bias", bias)
        product = self.node("Gemm", f"{name}/sum", rows, matrix, shift)
        return self.node(activation, output or name, product)

    def _thirds(self, name: str, source: str) -> list[str]:
        """Three equal parts of [batch, 3 * 128]."""
        outputs = [f"{self.prefix}{name}/{part}" for part in range(3)]
        sizes = self.constant(f"{name}/sizes", [STATE_SIZE] * 3)
        split = f"{self.prefix}{name}"
        self.nodes.append(helper.make_node("Split", [source, sizes], outputs, split, axis=1))
        return outputs


def selection(frames: Sequence[int], frame_count: int) -> np.ndarray:
    """The matrix [selected, 4] of zeros and ones that picks `frames` of four.

    Frames that an input of `frame_count` frames does not have are rows of zeros, and so is -1.
    """
    wanted, existing = np.asarray(frames)[:, None], np.arange(FRAME_COUNT)
    return ((wanted == existing) & (existing < frame_count)).astype(np.float32)


def _by_frame(weight: np.ndarray) -> np.ndarray:
    """The matrix [taps * in, out] of a convolution [out, in, taps]."""
    return weight.transpose(2, 1, 0).reshape(-1, len(weight))


def _lstm_columns(columns: slice) -> Layout:
    """Layout of the operator LSTM, [1, 512, columns]."""
    return lambda weight: _gates_as_in_onnx(weight[:, columns])[None]


def _gates_as_in_onnx(values: np.ndarray) -> np.ndarray:
    """Torch stacks input, forget, cell, output; ONNX input, output, forget, cell."""
    i, f, g, o = np.split(values, 4)
    return np.concatenate((i, o, f, g))
