"""The first two convolutions over many windows per call, with a third fewer multiplications.

Two neighbouring outputs of a convolution with three taps need four products in place of six
(Winograd's F(2, 3); Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2015). The
sums around the products are some ten more nodes, so this pays for hundreds of windows, not for one.
"""

import numpy as np

from vad.export.layers import FRAME_COUNT, Branch
from vad.export.stft import folded_bins
from vad.export.storage import Layout
from vad.silero.geometry import TAP_COUNT


def conv2_of_many(nodes: Branch, spectrum: str) -> str:
    """What conv2 makes of `spectrum` [windows, 4, bins]: [windows, 2 * 64].

    The bins are in the order of `folded_bins`.
    """
    padded = nodes.pad("conv1/padded", spectrum, [0, 1, 0, 0, 1, 0])
    even, odd = _outputs(nodes, _products(nodes, padded))
    # Frames -1 0 1 and 1 2 3 of conv1, where -1 is padding.
    before = nodes.pad("conv2/before", odd, [0, 1, 0, 0, -1, 0])
    tapped = nodes.node("Concat", "conv2/tapped", before, even, odd, axis=2)
    channels = len(nodes.weights["encoder.0.0.bias"])
    rows = nodes.reshape("conv2/rows", tapped, [-1, TAP_COUNT * channels])
    outputs = len(nodes.weights["encoder.1.0.bias"])
    return nodes.reshape("conv2", nodes.conv2_frames(rows), [-1, FRAME_COUNT // 2 * outputs])


def _products(nodes: Branch, padded: str) -> list[str]:
    """The four products [windows, 2, 128] of padded frames [windows, 6, bins]."""
    first, second, third, fourth = (
        nodes.slice(f"conv1/frames/{start}", padded, start, start + 3, axis=1, step=2)
        for start in range(TAP_COUNT + 1)
    )
    inputs = (
        nodes.node("Sub", "conv1/first", first, third),
        nodes.node("Add", "conv1/second", second, third),
        nodes.node("Sub", "conv1/third", third, second),
        nodes.node("Sub", "conv1/fourth", second, fourth),
    )
    pairs = zip(inputs, _matrices(nodes), strict=True)
    return [
        nodes.node("MatMul", f"conv1/product/{number}", *pair) for number, pair in enumerate(pairs)
    ]


def _matrices(nodes: Branch) -> tuple[str, str, str, str]:
    """Sums of taps [bins, 128], which the runtime computes when it loads the file."""
    bins = folded_bins(nodes.geometry.hop_samples)
    first, second, third = (
        nodes.matrix(f"conv1/tap/{tap}", "encoder.0.0.weight", _of_tap(tap, bins))
        for tap in range(TAP_COUNT)
    )
    half = nodes.constant("conv1/half", np.array(0.5))
    outer = nodes.node("Add", "conv1/outer_taps", first, third)
    total = nodes.node("Add", "conv1/all_taps", outer, second)
    alternating = nodes.node("Sub", "conv1/alternating_taps", outer, second)
    return (
        first,
        nodes.node("Mul", "conv1/weight/second", total, half),
        nodes.node("Mul", "conv1/weight/third", alternating, half),
        third,
    )


def _of_tap(tap: int, bins: np.ndarray) -> Layout:
    return lambda weight: weight[:, bins, tap].T


def _outputs(nodes: Branch, products: list[str]) -> tuple[str, str]:
    """Frames 0, 2 and frames 1, 3 of conv1, [windows, 2, 128] each."""
    first, second, third, fourth = products
    bias = nodes.constant("conv1/bias", nodes.weights["encoder.0.0.bias"])
    # Both outputs have this one with a plus.
    second = nodes.node("Add", "conv1/biased", second, bias)
    even = nodes.node("Add", "conv1/even/part", first, third)
    even = nodes.node("Add", "conv1/even/sum", even, second)
    odd = nodes.node("Sub", "conv1/odd/part", second, third)
    odd = nodes.node("Sub", "conv1/odd/sum", odd, fourth)
    return nodes.node("Relu", "conv1/even", even), nodes.node("Relu", "conv1/odd", odd)
