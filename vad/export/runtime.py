"""Running the exported files with ONNX Runtime, as their consumers do."""

from pathlib import Path

import numpy as np
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    NotImplemented,
)

from vad.errors import VadError
from vad.silero.geometry import STATE_SIZE, Geometry
from vad.silero.windows import frame_windows

# 512 windows, 16 s, in one call, as silero_vad.SileroVADSequence does.
BLOCK_WINDOWS = 512
# What ONNX Runtime raises for a file that it cannot run.
FAULTS = (RuntimeError, Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NotImplemented)


def open_session(model: Path | bytes) -> onnxruntime.InferenceSession:
    """A session on one thread of the CPU, for a file or a serialised model.

    VadError where a file is absent or cannot be run.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    if isinstance(model, Path) and not model.is_file():
        raise VadError(f"{model}: no such file, run stage export_onnx")
    source = model if isinstance(model, bytes) else str(model)
    try:
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except FAULTS as error:
        name = model if isinstance(model, Path) else "model"
        raise VadError(f"{name}: cannot be loaded ({error})") from error


# The state of a sequence file, h and c, float32 [1, 1, 128] each.
State = tuple[np.ndarray, np.ndarray]


def silent_state() -> State:
    """The state before any audio."""
    h, c = np.zeros((2, 1, 1, STATE_SIZE), np.float32)
    return h, c


def sequence_probabilities(
    session: onnxruntime.InferenceSession, audio: np.ndarray, geometry: Geometry
) -> np.ndarray:
    """Speech probabilities float32 [windows] of `audio` [samples] by the sequence file."""
    return continued_probabilities(session, audio, geometry, silent_state())[0]


def continued_probabilities(
    session: onnxruntime.InferenceSession, audio: np.ndarray, geometry: Geometry, state: State
) -> tuple[np.ndarray, State]:
    """As `sequence_probabilities`, from `state` on, and the state after the last window."""
    windows = frame_windows(audio, geometry)
    blocks = [np.zeros(0, np.float32)]
    for start in range(0, len(windows), BLOCK_WINDOWS):
        block, state = run_sequence(session, windows[start : start + BLOCK_WINDOWS], state)
        blocks.append(block)
    return np.concatenate(blocks), state


def run_sequence(
    session: onnxruntime.InferenceSession, windows: np.ndarray, state: State
) -> tuple[np.ndarray, State]:
    """One call of the sequence file: probabilities float32 [windows], and the state after them."""
    h, c = state
    feed = {"input": np.ascontiguousarray(windows), "h": h, "c": c}
    probabilities, h, c = session.run(None, feed)
    return probabilities, (h, c)


def streaming_probabilities(
    session: onnxruntime.InferenceSession, audio: np.ndarray, geometry: Geometry
) -> np.ndarray:
    """Speech probabilities float32 [windows] of `audio` [samples] by the streaming file."""
    return run_streaming(session, frame_windows(audio, geometry), silent_state(), geometry)[0]


def run_streaming(
    session: onnxruntime.InferenceSession, windows: np.ndarray, state: State, geometry: Geometry
) -> tuple[np.ndarray, State]:
    """As `run_sequence`, by the streaming file: a call for each window, as a product makes it."""
    joined = np.concatenate(state).reshape(2, 1, STATE_SIZE)
    rate = np.array(geometry.sample_rate, np.int64)
    probabilities = np.zeros(len(windows), np.float32)
    for number, window in enumerate(windows):
        feed = {"input": window[np.newaxis], "state": joined, "sr": rate}
        output, joined = session.run(None, feed)
        probabilities[number] = output[0, 0]
    h, c = joined[:, np.newaxis]
    return probabilities, (h, c)


def tuned_rates(session: onnxruntime.InferenceSession) -> tuple[int, ...]:
    """The rates (Hz) of the tuned branches in a file of stage export_onnx; of others none."""
    properties = session.get_modelmeta().custom_metadata_map
    rates = properties.get("tuned_rates", properties.get("sample_rate", "")).split()
    return tuple(int(rate) for rate in rates if rate.isdecimal())
