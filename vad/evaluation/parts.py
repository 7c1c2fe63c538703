"""Parts of a split, which workers score and count; what they find lies in files in between.

A part has whole recordings in all their conditions: nothing that is counted, drawn or shown needs
two of them. Files keep the probabilities, so that no process has all of them in memory.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from vad.artifacts import write_bytes
from vad.evaluation.scoring import (
    MODELS,
    OTHER_RATES,
    STREAM,
    Exported,
    Probabilities,
    Recording,
    ScoredClip,
    scores,
)
from vad.prepared import CLEAN, Clip, Prepared, opened
from vad.silero.geometry import Geometry
from vad.silero.windows import window_count
from vad.workers import Step, run_parallel

# The columns of a Recording.
RECORDING = ["role", "corpus", "name"]
LONGEST_STREAM_S = 3600
# Audio that a worker takes at a time; more where there would be too many parts.
PART_S = 600
MOST_PARTS = 128
# The least audio that is worth the start of workers.
LEAST_SHARED_S = 3600

T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """Clips in `rows` of the table in the folder `prepared`, of `seconds` together.

    Where `condition` is not empty, it takes the place of theirs. Names of the part's files begin
    with `base`.
    """

    prepared: Path
    base: Path
    rows: Sequence[int]
    seconds: float
    condition: str = ""

    @property
    def probabilities(self) -> Path:
        """The file of the probabilities, float32 [models, windows of all clips]."""
        return self.base.with_suffix(".probabilities.npy")

    def counts(self, model: str) -> Path:
        """The file of the counts of a model."""
        return self.base.with_suffix(f".{model}.counts")

    @property
    def recordings(self) -> list[Recording]:
        """The recording of each clip."""
        data = opened(self.prepared)
        return [data.labels(row, RECORDING) for row in self.rows]

    def clips(self, only: Recording | None = None) -> Iterator[ScoredClip]:
        """The scored clips in order, or those of one recording."""
        data = opened(self.prepared)
        values = np.load(self.probabilities, mmap_mode="r")
        stop = 0
        for row, recording in zip(self.rows, self.recordings, strict=True):
            start, stop = stop, stop + window_count(data.sample_count(row), data.geometry)
            if only in (None, recording):
                of_model = dict(zip(MODELS, values[:, start:stop], strict=True))
                yield self._scored(data.clip(row), of_model, data.geometry)

    def _scored(self, clip: Clip, values: Probabilities, geometry: Geometry) -> ScoredClip:
        if self.condition:
            clip = replace(clip, condition=self.condition)
        speech, annotated = clip.speech_windows(geometry), clip.annotated_windows(geometry)
        return ScoredClip(clip, speech, annotated, values)


def recorded_parts(
    data: Prepared, split: str, folder: Path, *, as_recorded: bool = False
) -> list[Part]:
    """Every recording of speech and noise of `split`, in each condition or as recorded.

    The files of the parts are those in `folder`.
    """
    table = data.recordings[data.recordings["split"] == split]
    table = table[table["role"].isin(("speech", "noise"))]
    if as_recorded:
        table = table[table["condition"] == CLEAN]
    return [
        _part(data, folder / f"{split}-{index}", rows)
        for index, rows in enumerate(_in_shares(table))
    ]


def repeated_parts(data: Prepared, exported: Exported, folder: Path) -> list[Part]:
    """The test recordings of speech as recorded, once more: as streams, and at the other rate.

    A stream has the recordings of one corpus, as many as LONGEST_STREAM_S holds.
    """
    table = data.recordings[data.recordings["split"] == "test"]
    table = table[(table["role"] == "speech") & (table["condition"] == CLEAN)]
    streams = [
        (STREAM, rows[_lengths_s(rows).cumsum() <= LONGEST_STREAM_S])
        for _, rows in table.groupby("corpus", sort=False)
    ]
    if other := exported.other_rate(data.geometry):
        streams += [(OTHER_RATES[other.sample_rate], rows) for rows in _in_shares(table)]
    return [
        _part(data, folder / f"{condition}-{index}", rows, condition)
        for index, (condition, rows) in enumerate(streams)
        if len(rows)
    ]


def _lengths_s(table: pd.DataFrame) -> pd.Series:
    return table["sample_count"] / table["sample_rate"]


def _in_shares(table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """`table` in shares of whole recordings, of about PART_S each."""
    lengths_s = _lengths_s(table)
    of_recording = lengths_s.groupby([table[label] for label in RECORDING], sort=False)
    longest_s = max(PART_S, lengths_s.sum() / MOST_PARTS)
    before_s = of_recording.sum().cumsum().shift(fill_value=0)
    share = (before_s // longest_s).to_numpy()[of_recording.ngroup()]
    return (rows for _, rows in table.groupby(share))


def _part(data: Prepared, base: Path, table: pd.DataFrame, condition: str = "") -> Part:
    seconds = float(_lengths_s(table).sum())
    return Part(data.folder, base, table.index.tolist(), seconds, condition)


def over_parts(
    work: Callable[..., T],
    parts: Sequence[Part],
    title: str,
    *more: Any,  # noqa: ANN401 (whatever `work` takes)
) -> list[T]:
    """`work` called with each of `parts` and with `more`, by workers where that is worth it."""
    steps = [Step(len(part.rows)) for part in parts]
    tasks = [(part, *more) for part in parts]
    return run_parallel(work, tasks, title, steps, "clips", most_workers=most_workers(parts))


def score(parts: Sequence[Part], exported: Exported) -> None:
    """Write the probabilities of all parts."""
    over_parts(score_part, parts, "evaluate: score", exported)


def score_part(part: Part, exported: Exported) -> None:
    """Write the probabilities of one part."""
    data = opened(part.prepared)
    columns = []
    clips = (data.clip(row) for row in part.rows)
    for probabilities in scores(clips, part.condition, data.geometry, exported):
        columns.append(np.stack([probabilities[model] for model in MODELS]))
        # Long recordings would fill memory with samples that are not needed any more.
        data.release()
    content = io.BytesIO()
    np.save(content, np.concatenate(columns, axis=1))
    write_bytes(part.probabilities, content.getvalue())


def most_workers(parts: Sequence[Part]) -> int | None:
    """One where the parts together last less than LEAST_SHARED_S, else no limit."""
    return None if sum(part.seconds for part in parts) >= LEAST_SHARED_S else 1
