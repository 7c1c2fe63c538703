"""An exported file against its contract and against torch, before it replaces the last one."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import onnx
import torch
from onnxruntime import InferenceSession

from vad.errors import VadError
from vad.export.runtime import open_session
from vad.silero.geometry import STATE_SIZE, Geometry
from vad.silero.network import network_of
from vad.silero.weights import BranchWeights
from vad.silero.windows import frame_windows

# Of probabilities.
TOLERANCE = 1e-5
# Of the state, relative to values above 1: float32 alone is up to 1.4e-5 away from float64 there.
STATE_TOLERANCE = 1e-4

RECORDING_S = 30
BATCH_SIZES = (1, 3)
WINDOW_COUNTS = (1, 2, 7, 300)
# Inputs that clients feed: with context, the window alone, the other rate's sizes.
INPUT_SAMPLES = {16000: (256, 288, 320, 512, 576, 640), 8000: (128, 256, 288, 320)}

Signature = dict[str, tuple[int, tuple[int | None, ...]]]


def streaming_signature(batch: int | None = None, samples: int | None = None) -> Signature:
    """Names, types and sizes of the streaming file; None is free."""
    return {
        "input": (onnx.TensorProto.FLOAT, (batch, samples)),
        "state": (onnx.TensorProto.FLOAT, (2, batch, STATE_SIZE)),
        "sr": (onnx.TensorProto.INT64, ()),
        "output": (onnx.TensorProto.FLOAT, (batch, 1)),
        "stateN": (onnx.TensorProto.FLOAT, (2, batch, STATE_SIZE)),
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


class Difference(NamedTuple):
    """The largest differences of a file from torch; of the state relative to values above 1."""

    probability: float = 0.0
    state: float = 0.0

    def or_larger(self, other: "Difference") -> "Difference":
        return Difference(*map(max, self, other))


@torch.no_grad()
def check_streaming(
    path: Path,
    branches: Mapping[int, BranchWeights],
    opset: int,
    shapes: Literal["dynamic", "fixed"] = "dynamic",
) -> Difference:
    """The largest difference from torch over lengths, batches, rates and a whole recording.

    With fixed shapes over the recording alone. VadError when the file breaks the contract or
    differs by more than the tolerances.
    """
    fixed = shapes == "fixed"
    sizes = (1, next(iter(branches.values())).geometry.input_samples) if fixed else ()
    check_contract(path, streaming_signature(*sizes), opset)
    session = open_session(path)
    largest = Difference()
    for branch in branches.values():
        network = network_of(branch)
        calls = [] if fixed else [*_calls(session, branch.geometry)]
        for call in (*calls, _recording(session, branch.geometry)):
            expected = network(torch.tensor(call.samples), torch.tensor(call.state))
            largest = largest.or_larger(difference((call.output, call.next_state), expected))
    return _within_tolerance(path, largest)


@torch.no_grad()
def check_sequence(path: Path, branch: BranchWeights, opset: int) -> Difference:
    """The largest difference from torch over window counts, state carried from block to block.

    VadError when the file breaks the contract or differs by more than the tolerances.
    """
    check_contract(path, sequence_signature(branch.geometry), opset)
    session, network = open_session(path), network_of(branch)
    windows = frame_windows(speech_like(branch.geometry), branch.geometry)
    h = c = np.zeros((1, 1, STATE_SIZE), np.float32)
    largest, start = Difference(), 0
    for count in WINDOW_COUNTS:
        block = np.ascontiguousarray(windows[start : start + count])
        outputs = session.run(None, {"input": block, "h": h, "c": c})
        expected = network.forward_sequence(*map(torch.tensor, (block, h, c)))
        largest = largest.or_larger(difference(outputs, expected))
        _, h, c = outputs
        start += count
    return _within_tolerance(path, largest)


def check_contract(path: Path, signature: Signature, opset: int) -> None:
    """VadError unless the file is valid and has this signature, opset and nothing foreign."""
    model = onnx.load(path, load_external_data=False)
    if any(tensor.external_data for tensor in model.graph.initializer):
        raise VadError(f"{path}: keeps data outside of the file")
    onnx.checker.check_model(model, full_check=True)
    opsets = {entry.domain: entry.version for entry in model.opset_import}
    if opsets != {"": opset}:
        raise VadError(f"{path}: operator sets are {opsets}, expected opset {opset} alone")
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
        declared = (tensors[name].elem_type, sizes)
        if declared != (element_type, shape):
            raise VadError(
                f"{path}: '{name}' has type and sizes {declared}, expected {element_type, shape}"
            )


def difference(outputs: Sequence[np.ndarray], expected: Sequence[torch.Tensor]) -> Difference:
    """Outputs of one call, the probabilities first; shapes must be equal."""
    errors = []
    for array, tensor in zip(outputs, expected, strict=True):
        reference = tensor.numpy()
        if array.shape != reference.shape:
            raise VadError(f"an output has shape {array.shape}, torch's has {reference.shape}")
        relative = np.abs(array - reference) / np.maximum(1, np.abs(reference))
        errors.append(float(np.max(relative)))
    return Difference(errors[0], max(errors[1:]))


@cache
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
    signal = (0.15 * voice * syllables * phrases + noise).astype(np.float32)
    signal.flags.writeable = False
    return signal


class Call(NamedTuple):
    """What a session was given and what it gave, float32.

    `samples` [batch, samples] and `state` [2, batch, 128] gave `output` [batch, 1] and
    `next_state` [2, batch, 128].
    """

    samples: np.ndarray
    state: np.ndarray
    output: np.ndarray
    next_state: np.ndarray


def _called(session: InferenceSession, samples: np.ndarray, state: np.ndarray, rate: int) -> Call:
    feed = {"input": samples, "state": state, "sr": np.array(rate, np.int64)}
    return Call(samples, state, *session.run(None, feed))


def _calls(session: InferenceSession, geometry: Geometry) -> Iterator[Call]:
    """Calls with every length and batch size."""
    audio, rate = speech_like(geometry), geometry.sample_rate
    for sample_count in INPUT_SAMPLES[rate]:
        for batch_size in BATCH_SIZES:
            starts = rate + 999 * np.arange(batch_size)
            samples = np.stack([audio[start : start + sample_count] for start in starts])
            state = np.full((2, batch_size, STATE_SIZE), 0.1, np.float32)
            yield _called(session, samples, state, rate)


def _recording(session: InferenceSession, geometry: Geometry) -> Call:
    """The windows of a whole recording, called one by one with the state carried, as one batch.

    Each has the state that the session gave before, so torch can take all of them at once.
    """
    calls: list[Call] = []
    state = np.zeros((2, 1, STATE_SIZE), np.float32)
    for window in frame_windows(speech_like(geometry), geometry):
        calls.append(_called(session, window[np.newaxis], state, geometry.sample_rate))
        state = calls[-1].next_state
    samples, states, outputs, next_states = zip(*calls, strict=True)
    return Call(
        np.concatenate(samples),
        np.concatenate(states, axis=1),
        np.concatenate(outputs),
        np.concatenate(next_states, axis=1),
    )


def _within_tolerance(path: Path, largest: Difference) -> Difference:
    for kind, limit in (("probability", TOLERANCE), ("state", STATE_TOLERANCE)):
        value = getattr(largest, kind)
        if not value <= limit:
            raise VadError(
                f"{path}: {kind} differs from torch by {value:.2g}, expected at most {limit:g}"
            )
    return largest
