"""Stages on real local clusters: the same bytes as on the cores of this machine."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import onnx
import pytest

from stages import evaluate, prepare
from vad.evaluation import parts
from vad.export.graph import sequence_model, streaming_model
from vad.silero.geometry import GEOMETRIES
from vad.silero.weights import load_published

REPOSITORY = Path(__file__).parents[1]
CARD = """
name: demo
reader: synthetic
licence: MIT
citation: this repository
recordings: 12
seconds: 5
noise_recordings: 12
noise_seconds: 3
snr_min_db: 0
snr_max_db: 20
seed: 1
split: {train: train/*, val: val/*, test: test/*}
"""


@contextmanager
def dask_cluster() -> Iterator[str]:
    distributed = pytest.importorskip("distributed", reason="needs requirements-clusters.txt")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as it:
        yield it.scheduler_address


@contextmanager
def ray_cluster() -> Iterator[str]:
    pytest.importorskip("ray", reason="needs requirements-clusters.txt")
    command = str(Path(sys.executable).with_name("ray"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start = ("start", "--head", f"--port={port}", "--num-cpus=2", "--include-dashboard=false")
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    subprocess.run((command, *start), check=True, capture_output=True, env=environment)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        subprocess.run((command, "stop"), check=True, capture_output=True)


@pytest.fixture(scope="module")
def raw(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("raw")
    (root / "demo").mkdir()
    (root / "demo" / "corpus.yaml").write_text(CARD)
    return root


def prepared_bytes(raw: Path, folder: Path, params) -> dict[str, bytes]:
    prepare.main(raw, folder / "prepared", folder / "prepare.json", params=params)
    return taken(folder)


def evaluated_bytes(prepared: Path, exported: tuple[Path, Path], folder: Path, params):
    evaluate.main(prepared, *exported, folder / "models", folder / "metrics", params=params)
    return taken(folder)


def taken(folder: Path) -> dict[str, bytes]:
    """The content of all files in `folder`, which is removed."""
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")}
    shutil.rmtree(folder)
    return files


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> tuple[Path, Path]:
    """The published model in place of a tuned one, and for both rates."""
    folder = tmp_path_factory.mktemp("exported")
    branches = {rate: load_published(rate) for rate in GEOMETRIES}
    both = {"tuned_rates": "16000 8000"}
    onnx.save(streaming_model(branches, 16000, 16, metadata=both), folder / "streaming.onnx")
    onnx.save(sequence_model(branches[16000], 16), folder / "sequence.onnx")
    return folder / "streaming.onnx", folder / "sequence.onnx"


@pytest.fixture
def run(request, raw, exported, tmp_path, params, monkeypatch):
    """Runs a stage and returns the bytes of its outputs; workers share even a little audio."""
    monkeypatch.setattr(parts, "LEAST_SHARED_S", 0)
    monkeypatch.setattr(parts, "PART_S", 20)
    if request.param == "prepare":
        return lambda name: prepared_bytes(raw, tmp_path / name, params)
    monkeypatch.setenv("VAD_WORKERS", "1")
    prepare.main(raw, tmp_path / "data", tmp_path / "prepare.json", params=params)
    return lambda name: evaluated_bytes(tmp_path / "data", exported, tmp_path / name, params)


@pytest.mark.parametrize(("backend", "cluster"), [("dask", dask_cluster), ("ray", ray_cluster)])
@pytest.mark.parametrize(
    ("run", "ending"), [("prepare", ".pcm"), ("evaluate", ".html")], indirect=["run"]
)
def test_a_cluster_writes_the_same_bytes(run, ending, monkeypatch, backend, cluster):
    monkeypatch.setenv("VAD_WORKERS", "1")
    expected = run("one")
    assert any(name.endswith(ending) for name in expected)
    monkeypatch.setenv("VAD_WORKERS", "2")
    assert run("two") == expected
    with cluster() as address:
        monkeypatch.setenv("VAD_BACKEND", backend)
        monkeypatch.setenv(f"VAD_{backend.upper()}_ADDRESS", address)
        assert run(backend) == expected
