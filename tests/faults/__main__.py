"""Repeats what can go wrong around a run, and prints what was tried and what held.

The pipeline runs on a small corpus: killed at drawn moments (all of its processes, or the stage
alone), files of DVC that were cut off, two runs at once, a folder that cannot be written, a full
disk. After each, what `make repro` runs must end with the bytes of an undisturbed run, dvc.lock
included.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.clone import STAGES, Clone
from tests.faults.project import Project

ROUNDS = 100
LIMIT_S = 900
# Less than any stage writes.
DISK_KB = 64


def killed(project: Project, draw: random.Random, *, alone: bool) -> str:
    """Kill one run at a drawn moment and repeat the command; the difference, empty for none."""
    project.clean()
    process = project.start()
    deadline = time.monotonic() + draw.uniform(0, project.duration_s)
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    stage = project.stage_process()
    if alone and stage:
        os.kill(stage, signal.SIGKILL)
    elif process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=LIMIT_S)
    return project.repeat()


def cut_off(project: Project, draw: random.Random) -> str:
    """DVC's own files of which a drawn first part is left, as after a kill while it wrote them."""
    for name in ("dvc.lock", ".dvc/tmp/rwlock"):
        content = (project.folder / name).read_bytes()
        (project.folder / name).write_bytes(content[: draw.randrange(len(content))])
    return project.repeat()


def two_at_once(project: Project, draw: random.Random) -> str:
    """Two runs of one stage; one must be refused in one line that names the other."""
    stage = draw.choice(STAGES)
    runs = [project.start_stage(stage)]
    time.sleep(draw.uniform(0, 5))
    runs.append(project.start_stage(stage))
    texts = [run.communicate(timeout=LIMIT_S)[0].strip() for run in runs]
    ends = sorted(zip((run.returncode for run in runs), texts, strict=True))
    # Where the first one was done before the second began, both succeed.
    is_refused = ends[1][0] == 1 and f"{stage}: another run (PID " in ends[1][1]
    if ends[0][0] or (ends[1][0] and not is_refused):
        return f"{stage}: {ends}"
    return project.difference()


def unwritable(project: Project, draw: random.Random) -> str:
    """A stage whose metrics cannot be written leaves all outputs as they were."""
    stage, blocked = draw.choice(STAGES), project.folder / "blocked"
    blocked.touch()
    process = project.start_stage(stage, {"metrics": "blocked/metrics"})
    text = process.communicate(timeout=LIMIT_S)[0].strip()
    if process.returncode != 1 or len(text.splitlines()) != 1:
        return f"{stage}: status {process.returncode}, {text[-300:]}"
    return project.difference()


def full_disk(project: Project, draw: random.Random) -> str:
    """A stage on a disk that fills up ends in one line and leaves no draft."""
    stage = draw.choice(STAGES)
    with small_disk() as disk:
        places = {name: str(disk / name) for name in ("data/prepared", "models", "metrics")}
        process = project.start_stage(stage, places)
        text = process.communicate(timeout=LIMIT_S)[0].strip()
        left = [path.name for path in disk.rglob("*") if path.suffix in (".draft", ".lock")]
    if process.returncode != 1 or len(text.splitlines()) != 1 or "No space" not in text or left:
        return f"{stage}: status {process.returncode}, {text[-300:]}, left {left}"
    return project.difference()


@contextmanager
def small_disk() -> Iterator[Path]:
    """A file system of its own in memory; only root may mount one."""
    with tempfile.TemporaryDirectory() as name:
        size = f"size={DISK_KB}k"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", name], check=True)
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)


def repeat(title: str, fault: Callable[[], str], rounds: int) -> bool:
    """Try a fault some times and print its row; whether all held."""
    differences = [difference for _ in range(rounds) if (difference := fault())]
    print(f"| {title} | {rounds} | {rounds - len(differences)} |", flush=True)
    for difference in differences:
        print(f"    {difference}", file=sys.stderr, flush=True)
    return not differences


def main(rounds: int, seed: int) -> bool:
    """Print the table; whether everything held."""
    draw, few = random.Random(seed), max(1, rounds // 10)
    with tempfile.TemporaryDirectory() as name:
        project = Project(Clone.of_working_tree(Path(name)))
        print("| tried | times | held |\n|---|---|---|", flush=True)
        held = [
            repeat("all processes killed", lambda: killed(project, draw, alone=False), rounds),
            repeat("the stage alone killed", lambda: killed(project, draw, alone=True), rounds),
            repeat("DVC's own files are cut off", lambda: cut_off(project, draw), few),
            repeat("two runs at once", lambda: two_at_once(project, draw), few),
            repeat("metrics/ cannot be written", lambda: unwritable(project, draw), few),
        ]
        if os.geteuid() == 0:
            held.append(repeat("the disk is full", lambda: full_disk(project, draw), few))
    return all(held)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=1)
    sys.exit(0 if main(**vars(parser.parse_args())) else 1)
