"""The STFT as ONNX nodes: magnitudes of frames by two products with half a frame.

A windowed cosine is even about the middle of the frame and a windowed sine odd, so that each needs
the sum or the difference of the two halves of the frame alone.
"""

import numpy as np

from vad.errors import VadError
from vad.export.nodes import Nodes

# Of an element of the basis, which is at most 1.
BASIS_TOLERANCE = 1e-6


def magnitudes(nodes: Nodes, samples: str, frame_count: int, hop: int) -> str:
    """Magnitudes [batch * frames, hop + 1] of `samples` [batch, at least frames + 1 hops].

    A frame is two hops of `hop` samples long.
    """
    first = nodes.slice("first_half/samples", samples, 1, frame_count * hop + 1)
    first = nodes.reshape("first_half", first, [-1, hop])
    second = nodes.slice("second_half/samples", samples, hop, (frame_count + 1) * hop)
    second = nodes.reshape("second_half", second, [-1, hop])
    mirrored = nodes.slice("mirrored_half", second, -1, -hop - 1, step=-1)
    cosine, sine = _basis(nodes, hop)
    even = nodes.node("Add", "even", first, mirrored)
    odd = nodes.node("Sub", "odd", first, mirrored)
    real = nodes.node("MatMul", "real", even, cosine)
    imaginary = nodes.node("MatMul", "imaginary", odd, sine)
    squares = (
        nodes.node("Mul", "real_squared", real, real),
        nodes.node("Mul", "imaginary_squared", imaginary, imaginary),
    )
    return nodes.node("Sqrt", "magnitudes", nodes.node("Add", "power", *squares))


def check_basis(basis: np.ndarray) -> None:
    """VadError unless [2 * bins, 2 * hop] are the cosines and sines under a Hann window."""
    frame_samples = basis.shape[1]
    turns = np.outer(np.arange(len(basis) // 2), np.arange(frame_samples)) / frame_samples
    waves = np.concatenate((np.cos(2 * np.pi * turns), -np.sin(2 * np.pi * turns)))
    if not np.abs(basis - waves * _hann(frame_samples)).max() <= BASIS_TOLERANCE:
        raise VadError("stft_basis: expected cosines and sines under a Hann window")


def _basis(nodes: Nodes, hop: int) -> tuple[str, str]:
    """Cosines and sines [hop, hop + 1] over samples 1 to hop of a frame.

    The file holds one turn of a cosine and half a window; the runtime multiplies them out when it
    loads the file. The products are those of the published basis, bit by bit. Sample 0 has no
    partner and no weight; the middle one is its own and counts twice in the sum.
    """
    frame_samples = 2 * hop
    window = _hann(frame_samples)[1 : hop + 1]
    window[-1] /= 2
    weights = nodes.constant("stft/window", window[:, None])
    turn = np.cos(2 * np.pi * np.arange(frame_samples) / frame_samples)
    turn[hop // 2 :: hop] = 0
    cosines = nodes.constant("stft/turn", turn)
    samples = nodes.constant("stft/samples", np.arange(1, hop + 1)[:, None])
    bins = nodes.constant("stft/bins", np.arange(hop + 1)[None])
    size = nodes.constant("stft/size", frame_samples)
    steps = nodes.node("Mul", "stft/steps", samples, bins)
    quarter = nodes.constant("stft/quarter", frame_samples // 4)
    parts = []
    for name, shifted in (
        ("cosine", steps),
        ("sine", nodes.node("Add", "stft/late", steps, quarter)),
    ):
        phase = nodes.node("Mod", f"stft/{name}/phase", shifted, size)
        wave = nodes.node("Gather", f"stft/{name}/wave", cosines, phase, axis=0)
        parts.append(nodes.node("Mul", f"stft/{name}", wave, weights))
    return parts[0], parts[1]


def _hann(size: int) -> np.ndarray:
    """The periodic Hann window, float64 [size]."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
