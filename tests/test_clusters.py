"""Stage prepare on real local clusters: the same bytes as on the cores of this machine."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stages import prepare

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
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")}
    shutil.rmtree(folder)
    return files


@pytest.mark.parametrize(("backend", "cluster"), [("dask", dask_cluster), ("ray", ray_cluster)])
def test_a_cluster_writes_the_same_bytes(raw, tmp_path, params, monkeypatch, backend, cluster):
    monkeypatch.setenv("VAD_WORKERS", "1")
    expected = prepared_bytes(raw, tmp_path / "one", params)
    assert any(name.endswith(".pcm") for name in expected)
    monkeypatch.setenv("VAD_WORKERS", "2")
    assert prepared_bytes(raw, tmp_path / "two", params) == expected
    with cluster() as address:
        monkeypatch.setenv("VAD_BACKEND", backend)
        monkeypatch.setenv(f"VAD_{backend.upper()}_ADDRESS", address)
        assert prepared_bytes(raw, tmp_path / backend, params) == expected
