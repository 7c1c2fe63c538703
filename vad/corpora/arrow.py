"""Tables of Arrow, Feather and Parquet, read by another process first: damage can end a process."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from vad.corpora import arrow_process
from vad.faults import Faults

SCRIPT = Path(arrow_process.__file__).resolve()
Kind = Literal["Feather", "Parquet"]


def sound_tables(kind: Kind, paths: Iterable[Path], faults: Faults) -> list[Path]:
    """Those of `paths` that can be read in full; each other one is a fault."""
    waiting, sound = list(paths), []
    while waiting:
        reasons, ended = _reasons(kind, waiting)
        for path, reason in zip(waiting, reasons, strict=False):
            if reason:
                faults.add(path, f"cannot be read as a {kind} table ({' '.join(reason.split())})")
            else:
                sound.append(path)
        waiting = waiting[len(reasons) :]
        if waiting:
            faults.add(waiting.pop(0), f"cannot be read as a {kind} table (damaged: {ended})")
    return sound


def _reasons(kind: Kind, paths: list[Path]) -> tuple[list[str], str]:
    """Why each table cannot be read, up to the one that ended the process, and how it did."""
    process = subprocess.run(
        [sys.executable, "-P", str(SCRIPT), kind, str(os.getpid())],
        input=json.dumps([str(path) for path in paths]),
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env=os.environ | {"PYTHONPATH": str(SCRIPT.parents[2])},
    )
    *_, last = ["", *process.stderr.strip().split("\n")]
    ended = f"reading it ended a process with status {process.returncode} {last[-200:]}".strip()
    return [json.loads(line) for line in process.stdout.splitlines()], ended
