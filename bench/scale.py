"""How the cost of each stage grows: python -m bench.scale [data/raw] [--hours 1 10].

Corpora of those hours are tiled from the speech recordings of a folder of corpora (by default those
of the repository), eight tenths of them for training; its noise is beside them. The four stages run
on each with the values of params.yaml, except `--epochs` and one augmented copy of each recording,
as corpora with more than 25 hours of training audio have. Times of all processes are added up, and
so is the memory that they have at one moment. A line through the two largest corpora gives the rows
that are marked as computed.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from bench.inference import processor
from bench.tiling import tiles_of, write_noise, write_tiled

REPOSITORY = Path(__file__).parents[1]
RECORDING_S = 300
COMPUTED_HOURS = (1000, 10000)
# How often memory and disk are looked at (s).
INTERVAL_S = 0.2
STAGES = {
    "prepare": "raw data/prepared metrics/prepare.json",
    "finetune": (
        "data/prepared models/finetuned.safetensors metrics/finetune.json metrics/training.csv"
    ),
    "export_onnx": (
        "models/finetuned.safetensors models/silero_vad.onnx models/silero_vad_sequence.onnx "
        "metrics/export_onnx.json data/prepared"
    ),
    "evaluate": (
        "data/prepared models/silero_vad.onnx models/silero_vad_sequence.onnx models metrics"
    ),
}


@dataclass(frozen=True)
class Cost:
    """Of one stage: CPU time and wall time (s), peak memory (MB), bytes on the disk (MB)."""

    cpu_s: float
    wall_s: float
    memory_mb: float | None
    disk_mb: float


def measured(command: list[str], folder: Path) -> Cost:
    """The cost of a command that runs in `folder`; an exit status is an error."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    before_mb, began_s = disk_mb(folder), time.monotonic()
    # Their own lines are not the table.
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=sys.stderr)
    memory_mb = most_mb = 0.0
    while True:
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            break
        memory_mb = max(memory_mb, sum(map(own_mb, family(process.pid))))
        most_mb = max(most_mb, disk_mb(folder))
        time.sleep(INTERVAL_S)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    cpu_s = usage.ru_utime + usage.ru_stime
    return Cost(cpu_s, time.monotonic() - began_s, memory_mb, most_mb - before_mb)


def family(process: int) -> Iterator[int]:
    """A process and those that it started, and so on."""
    yield process
    try:
        started = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return
    for child in map(int, started):
        yield from family(child)


def own_mb(process: int) -> float:
    """Memory of a process (MB); pages that several share are divided among them."""
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    size = re.search(r"^Pss: +(\d+) kB", rollup, re.MULTILINE)
    return int(size[1]) * 1024 / 1e6 if size else 0


def disk_mb(folder: Path) -> float:
    """Bytes of all files in `folder` (MB); one that is removed meanwhile does not count."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(parent, name).lstat().st_size
            except FileNotFoundError:
                continue
    return total / 1e6


def write_params(folder: Path, epochs: int) -> None:
    params = yaml.safe_load((REPOSITORY / "params.yaml").read_text(encoding="utf-8"))
    params["prepare"] |= {"corpora": "all", "augmented_copies": 1}
    params["finetune"]["epochs"] = epochs
    (folder / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")


def costs_of(folder: Path, epochs: int) -> dict[str, Cost]:
    """The cost of each stage on the corpora in `folder`/raw."""
    write_params(folder, epochs)
    for name in ("data", "models", "metrics"):
        (folder / name).mkdir()
    return {
        stage: measured([sys.executable, "-m", f"stages.{stage}", *paths.split()], folder)
        for stage, paths in STAGES.items()
    }


def computed(low_h: float, low: Cost, high_h: float, high: Cost, hours: float) -> Cost:
    """The cost at `hours` on the line through two others; none is below that of the larger.

    Memory is left out: on small corpora it grows until the buffers of all workers are full.
    """
    share = (hours - low_h) / (high_h - low_h)

    def on_line(a: float, b: float) -> float:
        return max(b, a + share * (b - a))

    times = on_line(low.cpu_s, high.cpu_s), on_line(low.wall_s, high.wall_s)
    return Cost(*times, None, on_line(low.disk_mb, high.disk_mb))


def rows(costs: dict[float, dict[str, Cost]]) -> Iterator[str]:
    """The lines of the table, stage by stage, those that were measured first."""
    *_, low_h, high_h = costs if len(costs) > 1 else (0.0, *costs)
    for stage in STAGES:
        for hours, by_stage in costs.items():
            yield row(stage, f"{hours:g}", by_stage[stage])
        if len(costs) > 1:
            low, high = costs[low_h][stage], costs[high_h][stage]
            for hours in COMPUTED_HOURS:
                cost = computed(low_h, low, high_h, high, hours)
                yield row(stage, f"{hours:,} (computed)", cost)


def row(stage: str, hours: str, cost: Cost) -> str:
    memory = "-" if cost.memory_mb is None else f"{cost.memory_mb:,.0f} MB"
    cells = (f"{cost.cpu_s:,.0f} s", f"{cost.wall_s:,.0f} s", memory)
    return f"| {stage} | {hours} | {' | '.join(cells)} | {cost.disk_mb:,.0f} MB |"


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("raw", nargs="?", type=Path, default=REPOSITORY / "data" / "raw")
    parser.add_argument("--hours", nargs="+", type=float, default=[1.0, 10.0])
    parser.add_argument("--epochs", type=int, default=1)
    given = parser.parse_args()
    tiles, noise = (tiles_of(given.raw, role) for role in ("speech", "noise"))
    costs = {}
    for hours in sorted(given.hours):
        with tempfile.TemporaryDirectory() as name:
            write_tiled(Path(name) / "raw" / "tiled", tiles, hours, RECORDING_S)
            write_noise(Path(name) / "raw" / "sounds", noise)
            costs[hours] = costs_of(Path(name), given.epochs)
    print(f"{processor()}, {os.cpu_count()} cores, epochs: {given.epochs}\n")
    print("| stage | hours | CPU time | time | memory | disk |\n|---|---|---|---|---|---|")
    print(*rows(costs), sep="\n")


if __name__ == "__main__":
    main()
