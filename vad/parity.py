"""An exported file against its contract and against torch, before anyone gets to see it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime import InferenceSession

from vad.errors import VadError
from vad.network import STATE_SIZE, Geometry, SileroVad
from vad.runtime import open_session
from vad.windows import frame_windows

# Of probabilities and state; the cell state is compared relative to its size, which reaches tens.
TOLERANCE = 1e-5

RECORDING_S = 30
BATCH_SIZES = (1, 3)
WINDOW_COUNTS = (1, 2, 7, 300)
# Inputs that clients feed: with context, the window alone, the other rate's sizes.
INPUT_SAMPLES = {16000: (256, 288, 320, 512, 576, 640), 8000: (128, 256, 288, 320)}

Arrays = Sequence[np.ndarray]
Signature = dict[str, tuple[int, tuple[int | None, ...]]]

STREAMING_SIGNATURE: Signature = {
    "input": (onnx.TensorProto.FLOAT, (None, None)),
    "state": (onnx.TensorProto.FLOAT, (2, None, STATE_SIZE)),
    "sr": (onnx.TensorProto.INT64, ()),
    "output": (onnx.TensorProto.FLOAT, (None, 1)),
    "stateN": (onnx.TensorProto.FLOAT, (2, None, STATE_SIZE)),
}


def sequence_signature(geometry: Geometry) -> Signature:
    """Names, types and sizes of the sequence file; None is free."""
    state = (onnx.TensorProto.FLOAT, (1, 1, STATE_SIZE))
    return {
        "input": (onnx.TensorProto.FLOAT, (None, geometry.input_samples)),
        "h": state,
        "c": state,
        "speech_probs": (onnx.TensorProto.FLOAT, (None,)),
        "hn": state,
        "cn": state,
    }


@torch.no_grad()
def check_streaming(path: Path, branches: dict[int, SileroVad], opset: int) -> float:
    """The largest difference from torch over lengths, batches, rates and a whole recording.

    VadError when the file breaks the contract or differs by more than TOLERANCE.
    """
    check_contract(path, STREAMING_SIGNATURE, opset)
    session = open_session(path)
    largest = 0.0
    for network in branches.values():
        for samples, state in _single_calls(network.geometry):
            largest = max(largest, _streaming_difference(session, network, samples, state)[0])
        state = np.zeros((2, 1, STATE_SIZE), np.float32)
        for window in frame_windows(speech_like(network.geometry), network.geometry):
            step, state = _streaming_difference(session, network, window[np.newaxis], state)
            largest = max(largest, step)
    return _within_tolerance(path, largest)


@torch.no_grad()
def check_sequence(path: Path, network: SileroVad, opset: int) -> float:
    """The largest difference from torch over window counts, state carried from block to block.

    VadError when the file breaks the contract or differs by more than TOLERANCE.
    """
    check_contract(path, sequence_signature(network.geometry), opset)
    session = open_session(path)
    windows = frame_windows(speech_like(network.geometry), network.geometry)
    h = c = np.zeros((1, 1, STATE_SIZE), np.float32)
    largest, start = 0.0, 0
    for count in WINDOW_COUNTS:
        block = np.ascontiguousarray(windows[start : start + count])
        found = session.run(None, {"input": block, "h": h, "c": c})
        expected = network.forward_sequence(*map(torch.tensor, (block, h, c)))
        largest = max(largest, difference(found, expected))
        _, h, c = found
        start += count
    return _within_tolerance(path, largest)


def check_contract(path: Path, signature: Signature, opset: int) -> None:
    """VadError unless the file is valid and has this signature, opset and nothing foreign."""
    model = onnx.load(path, load_external_data=False)
    if any(tensor.external_data for tensor in model.graph.initializer):
        raise VadError(f"{path}: keeps data outside of the file")
    onnx.checker.check_model(model, full_check=True)
    found_opsets = {entry.domain: entry.version for entry in model.opset_import}
    if found_opsets != {"": opset}:
        raise VadError(f"{path}: operator sets are {found_opsets}, expected opset {opset} alone")
    if model.functions:
        raise VadError(f"{path}: holds functions, which older runtimes refuse")
    tensors = {value.name: value.type.tensor_type for value in model.graph.input}
    tensors |= {value.name: value.type.tensor_type for value in model.graph.output}
    if list(tensors) != list(signature):
        raise VadError(
            f"{path}: inputs and outputs are {list(tensors)}, expected {list(signature)}"
        )
    for name, (element_type, shape) in signature.items():
        sizes = tuple(size.dim_value or None for size in tensors[name].shape.dim)
        found = (tensors[name].elem_type, sizes)
        if found != (element_type, shape):
            raise VadError(
                f"{path}: '{name}' has type and sizes {found}, expected {element_type, shape}"
            )


def difference(found: Arrays, expected: Sequence[torch.Tensor]) -> float:
    """The largest absolute difference, relative to the expected value where that exceeds 1."""
    pairs = [(f, e.numpy()) for f, e in zip(found, expected, strict=True)]
    return max(float(np.max(np.abs(f - e) / np.maximum(1, np.abs(e)))) for f, e in pairs)


def speech_like(geometry: Geometry) -> np.ndarray:
    """A voice-like test signal of RECORDING_S, float32 [samples]: syllables, pauses and noise."""
    draw = np.random.default_rng(0)
    time_s = np.arange(RECORDING_S * geometry.sample_rate) / geometry.sample_rate
    pitch_hz = 120 + 30 * np.sin(2 * np.pi * 0.3 * time_s)
    phase = 2 * np.pi * np.cumsum(pitch_hz) / geometry.sample_rate
    voice = np.sum([np.sin(k * phase) / k for k in range(1, 20)], axis=0)
    syllables = np.clip(np.sin(2 * np.pi * 4 * time_s), 0, 1)
    phrases = np.sin(2 * np.pi * 0.2 * time_s) > -0.3
    noise = 0.01 * draw.standard_normal(len(time_s))
    return (0.15 * voice * syllables * phrases + noise).astype(np.float32)


def _single_calls(geometry: Geometry) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Inputs [batch, samples] of every length and batch size, with a state that is not zero."""
    audio = speech_like(geometry)
    for sample_count in INPUT_SAMPLES[geometry.sample_rate]:
        for batch_size in BATCH_SIZES:
            starts = geometry.sample_rate + 999 * np.arange(batch_size)
            samples = np.stack([audio[start : start + sample_count] for start in starts])
            yield samples, np.full((2, batch_size, STATE_SIZE), 0.1, np.float32)


def _streaming_difference(
    session: InferenceSession, network: SileroVad, samples: np.ndarray, state: np.ndarray
) -> tuple[float, np.ndarray]:
    sr = np.array(network.geometry.sample_rate, np.int64)
    found = session.run(None, {"input": samples, "state": state, "sr": sr})
    expected = network(torch.tensor(samples), torch.tensor(state))
    return difference(found, expected), found[1]


def _within_tolerance(path: Path, largest: float) -> float:
    if not largest <= TOLERANCE:
        raise VadError(f"{path}: differs from torch by {largest:.2g}, expected <= {TOLERANCE:g}")
    return largest
