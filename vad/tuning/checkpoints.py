"""Work that outlives the process: what a killed run left is where the same run goes on.

It lies beside the outputs, not in them: DVC removes outputs before it runs a stage.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import torch

from vad.artifacts import replacing
from vad.prepared import INTERVALS, RECORDINGS, SHARDS
from vad.tuning.process_group import ProcessGroup

CHECKPOINT = "checkpoint.pt"


def run_key(prepared: Path, settings: str) -> str:
    """A name for the run on the data in `prepared` with `settings`, all that it depends on."""
    digest = hashlib.sha256(settings.encode())
    for name in (RECORDINGS, INTERVALS):
        digest.update((prepared / name).read_bytes())
    for shard in sorted((prepared / SHARDS).iterdir()):
        digest.update(f"{shard.name} {shard.stat().st_size} {shard.stat().st_mtime_ns}".encode())
    return digest.hexdigest()[:16]


@contextmanager
def work_folder(output: Path, key: str, group: ProcessGroup) -> Iterator[Path]:
    """The folder beside `output` of the run `key`: kept on any error, removed at the end.

    What other runs for `output` left there is removed first: its features may be large.
    """
    folder = output.with_name(f".{output.stem}-{key}")
    if group.is_first:
        for other in output.parent.glob(f".{output.stem}-*"):
            if other != folder:
                shutil.rmtree(other)
        folder.mkdir(parents=True, exist_ok=True)
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
    """What the last `save_checkpoint` kept, None where nothing was."""
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state
