"""Models and recordings for the clients; `make test-clients` runs them in venvs of their own."""

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import soundfile

from vad.export.graph import sequence_model, streaming_model
from vad.export.parity import speech_like
from vad.silero.geometry import GEOMETRIES
from vad.silero.weights import BranchWeights, load_published, published_path

OPSET = 16
# Enough to close segments, far from enough to silence the model.
HEAD_BIAS_CHANGE = -2.0
READ_ALOUD_CLIPS = 6


@pytest.fixture(scope="session")
def branches() -> dict[int, BranchWeights]:
    return {rate: load_published(rate) for rate in GEOMETRIES}


@pytest.fixture(scope="session")
def official(tmp_path_factory) -> Path:
    """A folder of the official files under the names that every folder here uses."""
    folder = tmp_path_factory.mktemp("official")
    shutil.copy(published_path("silero_vad.onnx"), folder / "silero_vad.onnx")
    shutil.copy(published_path("silero_vad_16k_sequence.onnx"), folder / "sequence_16000.onnx")
    return folder


@pytest.fixture(scope="session")
def exported(tmp_path_factory, branches) -> Path:
    """Every kind of file from the published weights, at the opset that the oldest runtime takes."""
    return export(branches, tmp_path_factory.mktemp("exported"))


@pytest.fixture(scope="session")
def changed(tmp_path_factory) -> Path:
    """The same files from other weights, by which a test shows that it can fail."""
    changed = {}
    for rate in GEOMETRIES:
        tensors = load_published(rate).tensors
        bias = tensors["head.bias"] + np.float32(HEAD_BIAS_CHANGE)
        changed[rate] = BranchWeights(GEOMETRIES[rate], {**tensors, "head.bias": bias})
    return export(changed, tmp_path_factory.mktemp("changed"))


@pytest.fixture(params=["speech-like", "meeting", "read-aloud"])
def recording(request, sample_rate) -> np.ndarray:
    """Float32 [samples] at sample_rate, of half a minute or more."""
    if request.param == "speech-like":
        return speech_like(GEOMETRIES[sample_rate])
    folder = request.getfixturevalue("real_recordings")
    if request.param == "meeting":
        return read([folder / "ami" / "dev" / "dev00.flac"], sample_rate)
    return read(sorted((folder / "ljspeech").glob("*.flac"))[:READ_ALOUD_CLIPS], sample_rate)


def read(paths: list[Path], sample_rate: int) -> np.ndarray:
    """The recordings one after the other, float32 [samples], decimated with no filter.

    Aliases are welcome: only equality with the official file counts here.
    """
    clips = []
    for path in paths:
        samples, file_hz = soundfile.read(path, dtype="float32")
        assert file_hz == max(GEOMETRIES), f"{path} has {file_hz} Hz"
        clips.append(samples[:: file_hz // sample_rate])
    return np.concatenate(clips)


def export(branches: dict[int, BranchWeights], folder: Path) -> Path:
    """Write every kind of file of both branches into the folder, and return it."""
    onnx.save(streaming_model(branches, 16000, OPSET), folder / "silero_vad.onnx")
    for rate, branch in branches.items():
        tuned = streaming_model(branches, rate, OPSET, rates="tuned")
        onnx.save(tuned, folder / f"tuned_{rate}.onnx")
        fixed = streaming_model(branches, rate, OPSET, rates="tuned", shapes="fixed")
        onnx.save(fixed, folder / f"fixed_{rate}.onnx")
        onnx.save(sequence_model(branch, OPSET), folder / f"sequence_{rate}.onnx")
    return folder
