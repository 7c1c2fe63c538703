"""Where training runs: on which device, on how many threads, and beside which other processes.

`VAD_DEVICE` is `auto` (the default: a CUDA device where there is one), `cpu` or `cuda`. Under
torchrun, which sets `RANK` and `WORLD_SIZE`, each process takes its share of every batch.
"""

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed

from vad.errors import VadError

DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class ProcessGroup:
    """The processes that train one network together; a single one is a group too.

    Each has `threads` and a device of its own.
    """

    device: torch.device
    threads: Executor
    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that writes."""
        return self.rank == 0

    def wait(self) -> None:
        """Go on when all processes have come here."""
        if self.size > 1:
            distributed.barrier()

    def add_up(self, tensors: list[Tensor]) -> None:
        """Replace each tensor by its sum over all processes."""
        if self.size > 1:
            flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
            distributed.all_reduce(flat)
            sums = flat.split([tensor.numel() for tensor in tensors])
            for tensor, total in zip(tensors, sums, strict=True):
                tensor.copy_(total.view_as(tensor))


@contextmanager
def process_group(thread_count: int) -> Iterator[ProcessGroup]:
    """The process group described by the environment, for the duration of the context."""
    rank, size = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    device = _device(int(os.environ.get("LOCAL_RANK", "0")))
    with ThreadPoolExecutor(thread_count) as threads:
        if size == 1:
            yield ProcessGroup(device, threads)
            return
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
        try:
            yield ProcessGroup(device, threads, rank, size)
        finally:
            distributed.destroy_process_group()


def _device(local_rank: int) -> torch.device:
    wanted, has_cuda = os.environ.get("VAD_DEVICE", "auto"), torch.cuda.is_available()
    if wanted not in DEVICES:
        raise VadError(f"VAD_DEVICE is '{wanted}', expected one of {', '.join(DEVICES)}")
    if wanted == "cuda" and not has_cuda:
        raise VadError("VAD_DEVICE is 'cuda', torch finds no CUDA device")
    if wanted == "cpu" or not has_cuda:
        return torch.device("cpu")
    torch.cuda.set_device(local_rank)
    return torch.device("cuda", local_rank)
