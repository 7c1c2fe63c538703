"""Work that outlives the process: what a killed run left is where the same run goes on.

It lies beside the outputs, not in them: DVC removes outputs before it runs a stage.
"""

import hashlib
import os
import pickle
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import soxr
import torch

import vad
from vad.artifacts import replacing
from vad.errors import VadError
from vad.prepared import INTERVALS, RECORDINGS, SHARDS
from vad.tuning.process_group import ProcessGroup

CHECKPOINT = "checkpoint.pt"
KEY_DIGITS = 16


def run_key(prepared: Path, settings: str, group: ProcessGroup) -> str:
    """A name for the run on the data in `prepared` with `settings`, all that its bytes depend on.

    It changes with the code that is imported, the published weights (whose hash stands in the
    code), the versions of the libraries that compute, the device and the number of processes.
    """
    digest = hashlib.sha256(f"{settings} {_machinery(group)}".encode())
    for name in (RECORDINGS, INTERVALS):
        digest.update((prepared / name).read_bytes())
    for shard in sorted((prepared / SHARDS).iterdir()):
        digest.update(f"{shard.name} {shard.stat().st_size} {shard.stat().st_mtime_ns}".encode())
    for source in imported_sources():
        digest.update(source.read_bytes())
    return digest.hexdigest()[:KEY_DIGITS]


def imported_sources() -> list[Path]:
    """The files of this repository that the process has imported, sorted: a stage's code."""
    package = Path(str(vad.__file__)).resolve().parent
    packages = (package, package.parent / "stages")
    names = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    files = {Path(name).resolve() for name in names if name}
    return sorted(file for file in files if any(map(file.is_relative_to, packages)))


def _machinery(group: ProcessGroup) -> str:
    name = torch.cuda.get_device_name(group.device) if group.device.type == "cuda" else "cpu"
    versions = (library.__version__ for library in (torch, np, scipy, soxr))
    return " ".join((*versions, name, str(group.size)))


@contextmanager
def work_folder(output: Path, key: str, group: ProcessGroup) -> Iterator[Path]:
    """The folder beside `output` of the run `key`: kept on any error, removed at the end.

    What other runs for `output` left there is removed first: its features may be large. Only a
    process that has locked `output` may enter.
    """
    folder = output.with_name(f".{output.name}-{key}")
    if group.is_first:
        folder.mkdir(parents=True, exist_ok=True)
        name = re.compile(rf"\.{re.escape(output.name)}-[0-9a-f]{{{KEY_DIGITS}}}")
        for other in folder.parent.iterdir():
            if name.fullmatch(other.name) and other != folder:
                shutil.rmtree(other)
    yield folder
    group.wait()
    if group.is_first:
        shutil.rmtree(folder)


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Replace the checkpoint in `folder`, whole or not at all, also when the power fails."""
    content = BytesIO()
    torch.save(state, content)
    with replacing(folder / CHECKPOINT) as (draft,), draft.open("wb") as file:
        file.write(content.getbuffer())
        file.flush()
        os.fsync(file.fileno())


def load_checkpoint(folder: Path) -> dict[str, Any] | None:
    """The last checkpoint of `save_checkpoint`, None without one.

    VadError names a file that is damaged.
    """
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, pickle.UnpicklingError, EOFError, OSError) as error:
        raise VadError(
            f"{path}: not a readable checkpoint, remove the folder {folder} to train from the start"
        ) from error
    return state
