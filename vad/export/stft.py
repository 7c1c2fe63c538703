"""The STFT as ONNX nodes: products with half a frame in place of a whole one.

For one window per call a frame is folded about its middle: a windowed cosine is even there and a
windowed sine odd, so that each needs the sum or the difference of the two halves alone.

For hundreds of windows per call reversing a half costs more than further additions. There the
window is taken off first, and the halves are added as they are: the waves of even bins repeat after
half a frame, those of odd bins change sign. The even bins are folded once more in the same way.
"""

import numpy as np

from vad.errors import VadError
from vad.export.nodes import Nodes

# Of an element of the basis, which is at most 1.
BASIS_TOLERANCE = 1e-6


def magnitudes(nodes: Nodes, samples: str, frame_count: int, hop: int) -> str:
    """Magnitudes [batch, frames, hop + 1] of `samples` [batch, at least frames + 1 hops].

    A frame is two hops of `hop` samples long.
    """
    first = nodes.slice("first_half/samples", samples, 1, frame_count * hop + 1)
    first = nodes.reshape("first_half", first, [-1, frame_count, hop])
    second = nodes.slice("second_half/samples", samples, hop, (frame_count + 1) * hop)
    second = nodes.reshape("second_half", second, [-1, frame_count, hop])
    mirrored = nodes.slice("mirrored_half", second, -1, -hop - 1, axis=2, step=-1)
    # Sample 0 has no partner and no weight; the middle one is its own and counts twice in the sum.
    window = _hann(2 * hop)[1 : hop + 1]
    window[-1] /= 2
    weights = nodes.constant("stft/window", window[:, None])
    waves = _waves(nodes, "stft", range(1, hop + 1), range(hop + 1), hop)
    cosine, sine = (
        nodes.node("Mul", f"stft/windowed/{name}", wave, weights)
        for name, wave in zip(("cosine", "sine"), waves, strict=True)
    )
    even = nodes.node("Add", "even", first, mirrored)
    odd = nodes.node("Sub", "odd", first, mirrored)
    real = nodes.node("MatMul", "real", even, cosine)
    imaginary = nodes.node("MatMul", "imaginary", odd, sine)
    return nodes.node("Sqrt", "magnitudes", _power(nodes, "power", real, imaginary))


def magnitudes_of_many(nodes: Nodes, windows: str, frame_count: int, hop: int) -> str:
    """Magnitudes [batch, frames, hop + 1] of hundreds of windows.

    The last half hop of `windows` [batch, frames * hop + hop / 2] is reflected. The bins are in the
    order of `folded_bins`.
    """
    rise = np.tile(_hann(2 * hop)[:hop], frame_count)
    first = nodes.slice("first_half/samples", windows, 0, frame_count * hop)
    first = nodes.node("Mul", "first_half", first, nodes.constant("stft/rise", rise))
    # Negative: the first hop, which is not in the second half of any frame, is cut off.
    pads = [0, -hop, 0, hop // 2]
    second = nodes.pad("second_half/samples", windows, pads, mode="reflect")
    second = nodes.node("Mul", "second_half", second, nodes.constant("stft/fall", 1 - rise))
    sums, differences = _folded(nodes, "fold", first, second)
    even = nodes.reshape("even", sums, [-1, frame_count, hop])
    odd = nodes.reshape("odd", differences, [-1, frame_count, hop])
    half = hop // 2
    first = nodes.slice("even/first_half", even, 0, half, axis=2)
    second = nodes.slice("even/second_half", even, half, hop, axis=2)
    signals = (*_folded(nodes, "even/fold", first, second), odd)
    powers = []
    for number, (signal, size, bins) in enumerate(
        zip(signals, (half, half, hop), _bins_by_fold(hop), strict=True)
    ):
        waves = _waves(nodes, f"stft/{number}", range(size), bins, hop)
        real, imaginary = (
            nodes.node("MatMul", f"product/{number}/{name}", signal, wave)
            for name, wave in zip(("cosine", "sine"), waves, strict=True)
        )
        powers.append(_power(nodes, f"power/{number}", real, imaginary))
    return nodes.node("Sqrt", "magnitudes", nodes.node("Concat", "power", *powers, axis=2))


def folded_bins(hop: int) -> np.ndarray:
    """The bins 0 to `hop` in the order in which `magnitudes_of_many` gives them."""
    return np.concatenate(_bins_by_fold(hop))


def check_basis(basis: np.ndarray) -> None:
    """VadError unless [2 * bins, 2 * hop] are the cosines and sines under a Hann window."""
    frame_samples = basis.shape[1]
    turns = np.outer(np.arange(len(basis) // 2), np.arange(frame_samples)) / frame_samples
    waves = np.concatenate((np.cos(2 * np.pi * turns), -np.sin(2 * np.pi * turns)))
    if not np.abs(basis - waves * _hann(frame_samples)).max() <= BASIS_TOLERANCE:
        raise VadError("stft_basis: expected cosines and sines under a Hann window")


def _bins_by_fold(hop: int) -> tuple[range, range, range]:
    """Those that need the sums of both folds, of the first one alone, and of none."""
    return range(0, hop + 1, 4), range(2, hop + 1, 4), range(1, hop + 1, 2)


def _folded(nodes: Nodes, name: str, first: str, second: str) -> tuple[str, str]:
    return (
        nodes.node("Add", f"{name}/sum", first, second),
        nodes.node("Sub", f"{name}/difference", first, second),
    )


def _power(nodes: Nodes, name: str, real: str, imaginary: str) -> str:
    squares = (
        nodes.node("Mul", f"{name}/real", real, real),
        nodes.node("Mul", f"{name}/imaginary", imaginary, imaginary),
    )
    return nodes.node("Add", name, *squares)


def _waves(nodes: Nodes, name: str, samples: range, bins: range, hop: int) -> tuple[str, str]:
    """Cosines and sines [samples, bins], the sines with either sign.

    The file holds one turn of a cosine; the runtime looks the waves up when it loads the file.
    """
    frame_samples = 2 * hop
    turn = np.cos(2 * np.pi * np.arange(frame_samples) / frame_samples)
    turn[hop // 2 :: hop] = 0
    cosines = nodes.constant(f"{name}/turn", turn)
    steps = nodes.node(
        "Mul",
        f"{name}/steps",
        nodes.constant(f"{name}/samples", np.array(samples)[:, None]),
        nodes.constant(f"{name}/bins", np.array(bins)[None]),
    )
    late = nodes.node("Add", f"{name}/late", steps, nodes.constant(f"{name}/quarter", hop // 2))
    size = nodes.constant(f"{name}/size", frame_samples)
    cosine, sine = (
        nodes.node(
            "Gather",
            f"{name}/{wave}",
            cosines,
            nodes.node("Mod", f"{name}/{wave}/phase", phase, size),
            axis=0,
        )
        for wave, phase in (("cosine", steps), ("sine", late))
    )
    return cosine, sine


def _hann(size: int) -> np.ndarray:
    """The periodic Hann window, float64 [size]."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
