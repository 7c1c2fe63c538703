"""Parallel work whose results do not depend on where or by how many it is done.

The environment decides: `VAD_WORKERS` is their number (default: all cores), `VAD_BACKEND` one of
`loky` (processes of this machine, the default), `dask` (a running cluster, its scheduler in
`VAD_DASK_ADDRESS`) and `ray` (`VAD_RAY_ADDRESS`). Workers of a cluster need the same files under
the same paths.
"""

import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import starmap
from multiprocessing import resource_tracker
from typing import Any, NamedTuple, TypeVar

from vad.errors import VadError
from vad.interruption import end_with_parent
from vad.progress import Advance, progress

BACKENDS = ("loky", "dask", "ray")

T = TypeVar("T")


def worker_count() -> int:
    """The number of workers that the environment asks for."""
    value = os.environ.get("VAD_WORKERS", str(os.cpu_count() or 1))
    if not value.isdecimal() or int(value) < 1:
        raise VadError(f"VAD_WORKERS is '{value}', expected a number from 1")
    return int(value)


class Step(NamedTuple):
    """What the end of a task adds to the progress, and the note that stands there then."""

    units: int = 1
    note: str = ""


def run_parallel(
    work: Callable[..., T],
    tasks: Iterable[tuple[Any, ...]],
    title: str,
    steps: Sequence[Step] = (),
    unit: str = "parts",
    *,
    most_workers: int | None = None,
) -> list[T]:
    """`work` called with each of `tasks`, several at a time; results in the order of the tasks.

    The progress under `title` counts `steps`, one of each task, in `unit`. There are `most_workers`
    at most; a single one is this process. Workers of this machine end with it. VadError when one
    of them is killed.
    """
    name, count = _backend_name(), min(worker_count(), most_workers or worker_count())
    calls = list(tasks)
    steps = steps or [Step()] * len(calls)
    with progress(title, sum(step.units for step in steps), unit) as advance:
        if most_workers == 1 or (name == "loky" and count == 1):
            return list(_counted(starmap(work, calls), steps, advance))
        with _backend(name):
            if name != "loky":
                return list(_parallel(work, calls, count))
            with _interrupts_held():
                results = _parallel(work, calls, count, return_as="generator")
            with _killed_workers_named():
                return list(_counted(results, steps, advance))


def _parallel(
    work: Callable[..., T], calls: Sequence[tuple[Any, ...]], count: int, **options: str
) -> Iterable[T]:
    # Imported where it is used: a single process does not need it, and it takes 0.1 s.
    import joblib

    results: Iterable[T] = joblib.Parallel(count, **options)(
        joblib.delayed(work)(*call) for call in calls
    )
    return results


@contextmanager
def _killed_workers_named() -> Iterator[None]:
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    try:
        yield
    except TerminatedWorkerError:
        raise VadError(
            "a worker process was killed, most often because memory ran out: "
            "run again with fewer of them (VAD_WORKERS=1 needs the least)"
        ) from None


def _counted(results: Iterable[T], steps: Sequence[Step], advance: Advance) -> Iterator[T]:
    for result, step in zip(results, steps, strict=True):
        yield result
        advance(*step)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Workers that start inside do not receive Ctrl-C: their parent does, and ends them."""
    # Their semaphores are removed then, and the warning about it helps nobody.
    os.environ.setdefault("PYTHONWARNINGS", "ignore:resource_tracker")
    # Workers use it, and its start lets interrupts through again.
    resource_tracker.ensure_running()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _end_with(parent: int) -> None:
    """Run by each worker at its start: its output is useless without its parent."""
    end_with_parent(parent, lambda: os._exit(1))


def _backend_name() -> str:
    name = os.environ.get("VAD_BACKEND", "loky")
    if name not in BACKENDS:
        raise VadError(f"VAD_BACKEND is '{name}', expected one of {', '.join(BACKENDS)}")
    return name


@contextmanager
def _backend(name: str) -> Iterator[None]:
    import joblib

    if name == "dask":
        from dask.distributed import Client

        with Client(_address("VAD_DASK_ADDRESS")), joblib.parallel_config(name):
            yield
    elif name == "ray":
        import ray
        from ray.util.joblib import register_ray

        register_ray()
        with ray.init(_address("VAD_RAY_ADDRESS")), joblib.parallel_config(name):
            yield
    else:
        with joblib.parallel_config(name, initializer=_end_with, initargs=(os.getpid(),)):
            yield


def _address(variable: str) -> str:
    if not os.environ.get(variable):
        raise VadError(f"{variable} is not set, expected the address of a running cluster")
    return os.environ[variable]
