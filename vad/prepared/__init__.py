"""Prepared audio: int16 shards that are mapped into memory, with Parquet tables beside them.

`recordings.parquet` has a row for each recording and condition, `intervals.parquet` its speech
and its annotated parts in samples, `shards/*.pcm` the samples, little-endian, one after another.
"""

import mmap
import resource
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vad.errors import VadError
from vad.silero.geometry import GEOMETRIES, Geometry
from vad.silero.windows import covered_windows, window_count

# The condition of a recording as it came.
CLEAN = "clean"

SAMPLE_DTYPE = np.dtype("<i2")
# Clips of so many samples (8 MiB) are made before their pages are given back: a call for each short
# clip would take longer than the work on it.
RELEASED_SAMPLES = 2**22
# Each mapped shard holds a file open, and most systems let a process have 1024 unless it asks.
MOST_OPEN_FILES = 2**16
LABELS = ("corpus", "name", "speaker", "role", "split", "condition", "block", "licence")
SHARDS = "shards"
REJECTED = "rejected.csv"
RECORDINGS = "recordings.parquet"
RECORDING_COLUMNS = [*LABELS, "shard", "start_sample", "sample_count", "sample_rate"]
INTERVALS = "intervals.parquet"
INTERVAL_COLUMNS = ["clip", "kind", "start_sample", "end_sample"]
INTERVAL_KINDS = ("speech", "annotated")


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A recording, or a block of a long one, in one condition.

    `samples` is int16 [samples], mapped where it was prepared; intervals are int64
    [intervals, 2] in samples.
    """

    corpus: str
    name: str
    speaker: str | None
    role: str
    split: str
    condition: str
    block: int
    licence: str
    samples: np.ndarray
    speech: np.ndarray
    annotated: np.ndarray

    def speech_windows(self, geometry: Geometry) -> np.ndarray:
        """Windows of which speech covers at least half, bool [windows]."""
        return self._covered(self.speech, geometry)

    def annotated_windows(self, geometry: Geometry) -> np.ndarray:
        """Windows that count in training and scoring, bool [windows]."""
        return self._covered(self.annotated, geometry)

    def _covered(self, intervals: np.ndarray, geometry: Geometry) -> np.ndarray:
        count = window_count(len(self.samples), geometry)
        return covered_windows(intervals, count, geometry)


class Prepared:
    """The folder that stage prepare writes."""

    def __init__(self, folder: Path) -> None:
        try:
            self.recordings = pd.read_parquet(folder / RECORDINGS)
            intervals = pd.read_parquet(folder / INTERVALS)
        except (FileNotFoundError, ValueError) as error:
            raise VadError(f"{folder}: not prepared, run stage prepare ({error})") from error
        self.folder = folder
        _allow_open_files()
        self._mappings: dict[str, mmap.mmap] = {}
        self._mapped_samples = 0
        self.intervals = intervals
        # As lists and arrays: a row of a table takes a hundred times as long.
        self._columns = {name: self.recordings[name].tolist() for name in self.recordings}
        self._intervals = {kind: _by_clip(intervals, kind) for kind in INTERVAL_KINDS}

    @cached_property
    def geometry(self) -> Geometry:
        return GEOMETRIES[int(self.recordings["sample_rate"].iloc[0])]

    @property
    def training_licences(self) -> list[str]:
        """Licences of everything that the weights or the choice of the best epoch saw."""
        rows = self.recordings
        return sorted(rows["licence"][rows["split"] != "test"].unique())

    def clips(self, role: str, split: str) -> "Clips":
        """The clips of a role and split, in table order; samples are mapped, not read."""
        rows = self.recordings
        chosen = (rows["role"] == role) & (rows["split"] == split)
        return Clips(self, np.flatnonzero(chosen).tolist())

    def clip(self, number: int) -> Clip:
        """The clip in row `number` of the table."""
        shard, start = (self._columns[name][number] for name in ("shard", "start_sample"))
        count, offset = self.sample_count(number), int(start) * SAMPLE_DTYPE.itemsize
        try:
            samples = np.frombuffer(self._mapped(shard), SAMPLE_DTYPE, count, offset)
        except ValueError as error:
            path = self.folder / SHARDS / shard
            raise VadError(f"{path}: cut off ({error}), run stage prepare again") from error
        self._mapped_samples += count
        return Clip(
            **dict(zip(LABELS, self.labels(number, LABELS), strict=True)),
            samples=samples,
            speech=self._intervals_of(number, "speech"),
            annotated=self._intervals_of(number, "annotated"),
        )

    def labels(self, number: int, names: Iterable[str]) -> tuple[Any, ...]:
        """What the columns `names` of the table have in row `number`."""
        return tuple(self._columns[name][number] for name in names)

    def sample_count(self, number: int) -> int:
        """The length of the clip in row `number` of the table."""
        return int(self._columns["sample_count"][number])

    def release(self) -> None:
        """Give mapped pages back to the system, once RELEASED_SAMPLES were mapped since last time.

        Clips that are read again are mapped again. joblib takes pages that stay for a leak and
        starts the worker anew.
        """
        if self._mapped_samples < RELEASED_SAMPLES:
            return
        self._mapped_samples = 0
        for mapping in self._mappings.values():
            mapping.madvise(mmap.MADV_DONTNEED)

    def _mapped(self, shard: str) -> mmap.mmap:
        if shard not in self._mappings:
            with (self.folder / SHARDS / shard).open("rb") as file:
                self._mappings[shard] = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return self._mappings[shard]

    def labelled_samples(self, clips: pd.Index, kind: str) -> int:
        """Samples of `clips` (rows of `recordings`) that intervals of `kind` cover."""
        rows = self.intervals[self.intervals["clip"].isin(clips) & (self.intervals["kind"] == kind)]
        return int((rows["end_sample"] - rows["start_sample"]).sum())

    def _intervals_of(self, clip: int, kind: str) -> np.ndarray:
        clips, edges = self._intervals[kind]
        first, stop = np.searchsorted(clips, (clip, clip + 1))
        return edges[first:stop]


class Clips:
    """The clips in the rows `numbers` of the table of `prepared`; each is made when it is used."""

    def __init__(self, prepared: Prepared, numbers: list[int]) -> None:
        self.prepared, self.numbers = prepared, numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, index: int) -> Clip:
        return self.prepared.clip(self.numbers[index])

    def __iter__(self) -> Iterator[Clip]:
        return map(self.prepared.clip, self.numbers)


def _by_clip(intervals: pd.DataFrame, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """The intervals of a kind, int64 [intervals, 2], and the clip of each, sorted."""
    rows = intervals[intervals["kind"] == kind].sort_values("clip", kind="stable")
    return rows["clip"].to_numpy(), rows[["start_sample", "end_sample"]].to_numpy()


def opened(folder: Path) -> Prepared:
    """The folder's tables, read once in each process until they change; VadError without any."""
    table = folder / RECORDINGS
    return _opened(folder, table.stat().st_mtime_ns if table.exists() else 0)


@lru_cache(maxsize=1)
def _opened(folder: Path, _modified_ns: int) -> Prepared:
    return Prepared(folder)


def _allow_open_files() -> None:
    """Raise the limit on open files of this process as far as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
