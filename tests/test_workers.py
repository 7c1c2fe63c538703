import operator

import pytest

from vad.errors import VadError
from vad.workers import run_parallel, worker_count


@pytest.mark.parametrize("count", ["1", "2"])
def test_results_come_in_the_order_of_the_tasks(monkeypatch, count):
    monkeypatch.setenv("VAD_WORKERS", count)
    tasks = [(number, 1) for number in range(50)]
    assert run_parallel(operator.sub, tasks, "test") == list(range(-1, 49))


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", ""])
def test_a_wrong_number_is_named(monkeypatch, value):
    monkeypatch.setenv("VAD_WORKERS", value)
    with pytest.raises(VadError, match=f"VAD_WORKERS is '{value}', expected a number from 1"):
        worker_count()


def test_a_wrong_backend_is_named(monkeypatch):
    monkeypatch.setenv("VAD_BACKEND", "slurm")
    with pytest.raises(VadError, match="VAD_BACKEND is 'slurm', expected one of loky, dask, ray"):
        run_parallel(operator.neg, [(1,)], "test")


@pytest.mark.parametrize("backend", ["dask", "ray"])
def test_a_cluster_needs_an_address(monkeypatch, backend):
    pytest.importorskip({"dask": "distributed", "ray": "ray"}[backend])
    monkeypatch.setenv("VAD_BACKEND", backend)
    monkeypatch.delenv(f"VAD_{backend.upper()}_ADDRESS", raising=False)
    with pytest.raises(VadError, match=f"VAD_{backend.upper()}_ADDRESS is not set"):
        run_parallel(operator.neg, [(1,)], "test")
