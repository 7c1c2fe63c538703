"""Prepared audio: int16 shards that are mapped into memory, with Parquet tables beside them.

`recordings.parquet` has a row for each recording and condition, `intervals.parquet` its speech
and its annotated parts in samples, `shards/*.pcm` the samples, little-endian, one after another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from vad.errors import VadError
from vad.labels import is_covered
from vad.network import GEOMETRIES, Geometry
from vad.windows import window_count

SPLITS = ("train", "val", "test")
# The condition of a recording as it came.
CLEAN = "clean"

SAMPLE_DTYPE = np.dtype("<i2")
LABELS = ("corpus", "name", "role", "split", "condition", "licence")
RECORDINGS = "recordings.parquet"
RECORDING_COLUMNS = [*LABELS, "shard", "start_sample", "sample_count", "sample_rate"]
INTERVALS = "intervals.parquet"
INTERVAL_COLUMNS = ["clip", "kind", "start_sample", "end_sample"]
INTERVAL_KINDS = ("speech", "annotated")


@dataclass(frozen=True, kw_only=True)
class Clip:
    """One recording in one condition; intervals are int64 [intervals, 2] in samples."""

    corpus: str
    name: str
    role: str
    split: str
    condition: str
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
        return is_covered(intervals, count, geometry.window_samples)


class Prepared:
    """The folder that stage prepare writes."""

    def __init__(self, folder: Path) -> None:
        try:
            self.recordings = pd.read_parquet(folder / RECORDINGS)
            intervals = pd.read_parquet(folder / INTERVALS)
        except FileNotFoundError as error:
            raise VadError(f"{folder}: not prepared, run stage prepare ({error})") from error
        self.folder = folder
        self.intervals = intervals
        self._intervals = {
            key: rows[["start_sample", "end_sample"]].to_numpy()
            for key, rows in intervals.groupby(["clip", "kind"])
        }

    @property
    def geometry(self) -> Geometry:
        return GEOMETRIES[int(self.recordings["sample_rate"].iloc[0])]

    @property
    def training_licences(self) -> list[str]:
        """Licences of everything that the weights or the choice of the best epoch saw."""
        rows = self.recordings
        return sorted(rows["licence"][rows["split"] != "test"].unique())

    def clips(self, role: str, split: str) -> Iterator[Clip]:
        """The clips of a role and split, in table order; samples are mapped, not read."""
        rows = self.recordings
        for row in rows[(rows["role"] == role) & (rows["split"] == split)].itertuples():
            samples = _mapped(self.folder / "shards" / row.shard)
            yield Clip(
                **{label: getattr(row, label) for label in LABELS},
                samples=samples[row.start_sample : row.start_sample + row.sample_count],
                speech=self._intervals_of(row.Index, "speech"),
                annotated=self._intervals_of(row.Index, "annotated"),
            )

    def labelled_samples(self, clips: pd.Index, kind: str) -> int:
        """Samples of `clips` (rows of `recordings`) that intervals of `kind` cover."""
        rows = self.intervals[self.intervals["clip"].isin(clips) & (self.intervals["kind"] == kind)]
        return int((rows["end_sample"] - rows["start_sample"]).sum())

    def _intervals_of(self, clip: int, kind: str) -> np.ndarray:
        return self._intervals.get((clip, kind), np.zeros((0, 2), np.int64))


@lru_cache(maxsize=64)
def _mapped(path: Path) -> np.ndarray:
    if not path.stat().st_size:
        return np.zeros(0, SAMPLE_DTYPE)
    return np.memmap(path, SAMPLE_DTYPE, mode="r")
