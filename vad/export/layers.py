"""The layers of the network as ONNX nodes, laid out as matrix products over windows.

At one window per call most of the time goes into reading the weights from the cache and into the
nodes themselves, so dead taps are dropped and the STFT basis is folded; a cell written out in
place of LSTM gains nothing.
"""

from collections.abc import Sequence

import numpy as np
from onnx import helper

from vad.errors import VadError
from vad.export.nodes import Nodes
from vad.silero.geometry import STATE_SIZE
from vad.silero.network import SileroVad

FRAME_COUNT = 4
TAP_COUNT = 3
# As a bias it closes the ReLU of a frame that a short input does not have.
CLOSED = -1e30
BASIS_TOLERANCE = 1e-6


class Branch(Nodes):
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
