"""Models in files of their own, and a project folder without any."""

import os
from pathlib import Path

import onnx
import pytest
import soundfile

from tests.conftest import REPOSITORY
from tests.spoken import sentences
from vad.export.graph import sequence_model, streaming_model
from vad.silero.geometry import GEOMETRIES
from vad.silero.weights import load_published

OPSET = 16


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    """A cache folder of the tests alone."""
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))
    yield
    os.environ.pop("XDG_CACHE_HOME")
    if before is not None:
        os.environ["XDG_CACHE_HOME"] = before


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """An empty folder, into which the command is called, with modules found all the same."""
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    return tmp_path


@pytest.fixture
def recording(project, sample_rate) -> Path:
    """Some sentences at one of the rates, in a file."""
    path = project / f"call_{sample_rate}.wav"
    soundfile.write(path, sentences(sample_rate), sample_rate, subtype="FLOAT")
    return path


@pytest.fixture(scope="session")
def sequence_file(tmp_path_factory) -> Path:
    """A sequence file for 16 kHz, as stage export_onnx writes it."""
    path = tmp_path_factory.mktemp("models") / "silero_vad_sequence.onnx"
    onnx.save(sequence_model(load_published(16000), OPSET, {"sample_rate": "16000"}), path)
    return path


@pytest.fixture(scope="session")
def single_file(tmp_path_factory) -> Path:
    """A file of one window per call for 16 kHz alone, without If."""
    path = tmp_path_factory.mktemp("models") / "silero_vad.onnx"
    branches = {16000: load_published(16000)}
    metadata = {"sample_rate": "16000"}
    onnx.save(streaming_model(branches, 16000, OPSET, "tuned", metadata), path)
    return path


@pytest.fixture(scope="session")
def streaming_file(tmp_path_factory) -> Path:
    """A file with both rates, of which 16 kHz was tuned."""
    branches = {rate: load_published(rate) for rate in GEOMETRIES}
    path = tmp_path_factory.mktemp("models") / "silero_vad.onnx"
    onnx.save(streaming_model(branches, 16000, OPSET, metadata={"sample_rate": "16000"}), path)
    return path
