"""Running the exported files with ONNX Runtime, as their consumers do."""

from pathlib import Path

import numpy as np
import onnxruntime

from vad.errors import VadError
from vad.silero.geometry import STATE_SIZE, Geometry
from vad.silero.windows import frame_windows

# 512 windows, 16 s, in one call, as silero_vad.SileroVADSequence does.
BLOCK_WINDOWS = 512


def open_session(model: Path | bytes) -> onnxruntime.InferenceSession:
    """A session on one thread of the CPU, for a file or a serialised model."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    if isinstance(model, Path) and not model.is_file():
        raise VadError(f"{model}: no such file, run stage export_onnx")
    source = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


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
    h, c = state
    blocks = [np.zeros(0, np.float32)]
    for start in range(0, len(windows), BLOCK_WINDOWS):
        block = np.ascontiguousarray(windows[start : start + BLOCK_WINDOWS])
        probabilities, h, c = session.run(None, {"input": block, "h": h, "c": c})
        blocks.append(probabilities)
    return np.concatenate(blocks), (h, c)


def streaming_probabilities(
    session: onnxruntime.InferenceSession, audio: np.ndarray, geometry: Geometry
) -> np.ndarray:
    """Speech probabilities float32 [windows] of `audio` [samples] by the streaming file."""
    state = np.zeros((2, 1, STATE_SIZE), np.float32)
    rate = np.array(geometry.sample_rate, np.int64)
    probabilities = []
    for window in frame_windows(audio, geometry):
        feed = {"input": window[np.newaxis], "state": state, "sr": rate}
        output, state = session.run(None, feed)
        probabilities.append(output[0, 0])
    return np.array(probabilities, np.float32)
