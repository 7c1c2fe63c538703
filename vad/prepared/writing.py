"""Writing prepared audio: which recording goes into which shard, and the tables beside them."""

import itertools
import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vad.errors import VadError
from vad.faults import Fault, Faults
from vad.prepared import (
    INTERVAL_COLUMNS,
    INTERVAL_KINDS,
    INTERVALS,
    LABELS,
    RECORDING_COLUMNS,
    RECORDINGS,
    SAMPLE_DTYPE,
    SHARDS,
    Clip,
)
from vad.randomness import digest
from vad.workers import Step, run_parallel

# The kind of task that makes clips from prepared clips.
COPIES = "copies"
# Of one group of recordings on average (32 MiB), and enough groups to keep workers busy.
GROUP_SAMPLES = 2**24
LEAST_GROUPS = 4
# No shard is larger (256 MiB): what follows goes into the next one of its group.
SHARD_SAMPLES = 2**27


@dataclass(frozen=True)
class Task:
    """Something that becomes clips; `kind` is a role, or COPIES, `file` its source."""

    kind: str
    split: str
    name: str
    file: str
    sample_count: int
    source: Any


ClipsOf = Callable[[Any], Iterable[Clip]]


@dataclass(frozen=True)
class GroupRows:
    """What a group of recordings became: a row for each clip, and their intervals.

    An interval is (clip in the group, kind, start, end in samples). `contents` has the SHA-256
    of the samples of each task but copies, its name and its split; `faults` what was left out.
    """

    clips: list[dict[str, str | int]] = field(default_factory=list)
    intervals: list[tuple[int, str, int, int]] = field(default_factory=list)
    contents: list[tuple[str, str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def add(self, clip: Clip, shard: str, start: int) -> None:
        for kind in INTERVAL_KINDS:
            number = len(self.clips)
            self.intervals.extend(
                (number, kind, int(first), int(end)) for first, end in getattr(clip, kind)
            )
        position = {"shard": shard, "start_sample": start, "sample_count": len(clip.samples)}
        self.clips.append({label: getattr(clip, label) for label in LABELS} | position)

    def drop_clips(self, first: int) -> None:
        """Forget the clips from number `first` on."""
        del self.clips[first:]
        self.intervals[:] = [interval for interval in self.intervals if interval[0] < first]


class ShardWriter:
    """The shards of one group, one after another, none larger than SHARD_SAMPLES."""

    def __init__(self, folder: Path, group: str) -> None:
        self.folder, self.group = folder, group
        self.number = self.sample_count = 0

    def append(self, samples: np.ndarray) -> tuple[str, int]:
        """The name of the shard that now holds `samples`, and where they start in it."""
        if self.sample_count and self.sample_count + len(samples) > SHARD_SAMPLES:
            self.number, self.sample_count = self.number + 1, 0
        start = self.sample_count
        # A shard that another process began is an error, never added to.
        with self._path(self.number).open("ab" if start else "xb") as file:
            file.write(np.ascontiguousarray(samples, SAMPLE_DTYPE).data)
        self.sample_count += len(samples)
        return self._path(self.number).name, start

    def mark(self) -> tuple[int, int]:
        """Where the writer stands, for `rewind`."""
        return self.number, self.sample_count

    def rewind(self, mark: tuple[int, int]) -> None:
        """Take back what was appended since `mark`."""
        number, sample_count = mark
        for later in range(number + bool(sample_count), self.number + 1):
            self._path(later).unlink(missing_ok=True)
        if sample_count:
            os.truncate(self._path(number), sample_count * SAMPLE_DTYPE.itemsize)
        self.number, self.sample_count = number, sample_count

    def _path(self, number: int) -> Path:
        return self.folder / f"{self.group}-{number:03d}.pcm"


def plan_groups(tasks: Iterable[Task]) -> dict[str, list[Task]]:
    """The tasks of each group of shards, by a hash of their name; one kind to a group.

    The number of groups of a kind is a power of two, so that a growing corpus seldom moves a
    recording to another group.
    """
    by_kind: dict[str, list[Task]] = defaultdict(list)
    for task in sorted(tasks, key=lambda task: (task.kind, task.name)):
        by_kind[f"{task.kind}-{task.split}"].append(task)
    plan: dict[str, list[Task]] = defaultdict(list)
    for kind, tasks_of_kind in by_kind.items():
        sample_count = sum(task.sample_count for task in tasks_of_kind)
        group_count = LEAST_GROUPS
        while sample_count > group_count * GROUP_SAMPLES:
            group_count *= 2
        for task in tasks_of_kind:
            plan[f"{kind}-{digest(task.name) % group_count:05d}"].append(task)
    return dict(sorted(plan.items()))


def write_groups(
    folder: Path, plan: dict[str, list[Task]], clips_of: ClipsOf, title: str, sample_rate: int
) -> list[GroupRows]:
    """Write the shards of each group, several groups at once; `title` names the work on screen."""
    (folder / SHARDS).mkdir(parents=True, exist_ok=True)
    calls = [(folder / SHARDS, group, tasks, clips_of) for group, tasks in plan.items()]
    samples = itertools.accumulate(sum(t.sample_count for t in tasks) for tasks in plan.values())
    hours = [count / sample_rate / 3600 for count in samples]
    steps = [
        Step(len(tasks), f"{hours_done:.2f} of {hours[-1]:.2f} h")
        for tasks, hours_done in zip(plan.values(), hours, strict=True)
    ]
    return run_parallel(_write_group, calls, title, steps, "recordings")


def write_tables(folder: Path, groups: list[GroupRows], sample_rate: int) -> None:
    """Write the two Parquet tables of all groups, clips numbered through in their order."""
    clips = [row | {"sample_rate": sample_rate} for group in groups for row in group.clips]
    first_clips = np.cumsum([0] + [len(group.clips) for group in groups])
    intervals = [
        (int(first) + clip, *rest)
        for first, group in zip(first_clips, groups, strict=False)
        for clip, *rest in group.intervals
    ]
    pd.DataFrame(clips, columns=RECORDING_COLUMNS).to_parquet(folder / RECORDINGS)
    pd.DataFrame(intervals, columns=INTERVAL_COLUMNS).to_parquet(folder / INTERVALS)


def check_contents(groups: list[GroupRows]) -> None:
    """VadError when the same audio, under whatever name, is in two splits."""
    first: dict[str, tuple[str, str]] = {}
    for content, name, split in sorted(entry for group in groups for entry in group.contents):
        other, other_split = first.setdefault(content, (name, split))
        if other_split != split:
            raise VadError(
                f"{other} ({other_split}) and {name} ({split}) hold the same audio, "
                "expected a recording in one split"
            )


def check_shards(folder: Path) -> None:
    """VadError when a shard in `folder` has another size than its rows in the table add up to."""
    rows = pd.read_parquet(folder / RECORDINGS)
    expected = rows.groupby("shard")["sample_count"].sum() * SAMPLE_DTYPE.itemsize
    sizes = {path.name: path.stat().st_size for path in (folder / SHARDS).iterdir()}
    for shard in sorted(sizes.keys() | set(expected.index)):
        size, expected_size = sizes.get(shard, 0), expected.get(shard, 0)
        if size != expected_size:
            raise VadError(
                f"{folder / SHARDS / shard}: {size} bytes, expected {expected_size}: another "
                "program wrote there, run stage prepare again"
            )


def _write_group(folder: Path, group: str, tasks: list[Task], clips_of: ClipsOf) -> GroupRows:
    """One clip is in memory at a time; a faulty recording leaves no trace."""
    rows, faults, writer = GroupRows(), Faults(), ShardWriter(folder, group)
    for task in tasks:
        clip_count, mark, fault_count = len(rows.clips), writer.mark(), len(faults.entries)
        with faults.gathered(task.file):
            content = sha256()
            for clip in clips_of(task.source):
                if not len(clip.samples):
                    raise VadError(
                        "no sample at 'sample_rate' of params.yaml, expected a longer file"
                    )
                rows.add(clip, *writer.append(clip.samples))
                if task.kind != COPIES:
                    content.update(np.ascontiguousarray(clip.samples).data)
            if task.kind != COPIES:
                rows.contents.append((content.hexdigest(), task.name, task.split))
        if len(faults.entries) > fault_count:
            rows.drop_clips(clip_count)
            writer.rewind(mark)
    rows.faults.extend(faults.entries)
    return rows
