"""Parquet files of Hugging Face datasets: audio inside the table, with lists of times beside it.

https://huggingface.co/docs/datasets/audio_dataset: the audio column has `bytes` and `path`. A row
is a recording; its segments are lists in two columns, such as timestamps_start and timestamps_end
of the corpora for diarization, and their labels or speakers in a third. Audio of a row is in a
temporary file while it is read.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow
from pyarrow import parquet

from vad.corpora.arrow import sound_tables
from vad.corpora.audio import Header, read_header
from vad.corpora.file_ids import read_regions
from vad.corpora.files import OneOrMore, check_characters, one_form
from vad.corpora.labelled import Candidate, LabelCard, read_labelled
from vad.corpora.meanings import EMPTY
from vad.corpora.numbers import seconds_of
from vad.corpora.recording import FileRecording, LabelledAudio, LabelRule, as_labelled
from vad.corpora.rows import is_label
from vad.corpora.spans import Labels, Segment
from vad.errors import VadError
from vad.faults import Faults

START_COLUMNS = ("timestamps_start", "starts", "start")
END_COLUMNS = ("timestamps_end", "ends", "end")
LABEL_COLUMNS = ("speakers", "labels", "label")
BAD_TABLE = (OSError, pyarrow.ArrowException, UnicodeDecodeError, KeyError)


class Card(LabelCard):
    """A pattern over Parquet files, and their columns where those have other names."""

    table: OneOrMore
    audio_column: str = "audio"
    start_column: str | None = None
    end_column: str | None = None
    label_column: str | None = None


@dataclass(frozen=True, kw_only=True)
class EmbeddedRecording(FileRecording):
    """A recording with the audio in `column` in row `row` of a row group of `table`."""

    table: Path
    column: str
    group: int
    row: int

    def blocks(self, sample_rate: int, rule: LabelRule = as_labelled) -> Iterator[LabelledAudio]:
        """As `FileRecording.blocks`, of a temporary file."""
        data, _ = audio_of(_rows(self.table, self.group, self.column)[self.row])
        with unpacked(data, self.path) as path:
            values = {field.name: getattr(self, field.name) for field in fields(FileRecording)}
            yield from FileRecording(**values | {"path": path}).blocks(sample_rate, rule)


def read(folder: Path, card: Card, faults: Faults) -> list[EmbeddedRecording]:
    """A recording for each row."""
    candidates, headers = [], {}
    positions: dict[Path, dict[str, Any]] = {}
    for table in sound_tables("Parquet", card.matching(folder, "table"), faults):
        with faults.gathered(table):
            for position, group, row, values in _all_rows(table, card):
                with faults.gathered(table, position):
                    data, inner = audio_of(values["audio"])
                    stem = PurePosixPath(inner).stem if inner else position.replace(" ", "")
                    path = table.with_suffix("") / f"{stem}{PurePosixPath(inner).suffix or '.wav'}"
                    with unpacked(data, path) as unpacked_path:
                        headers[path] = _header(card, unpacked_path)
                    labels = Labels([s.at(table, position) for s in segments_of(values)])
                    name = (path.relative_to(folder).parent / one_form(stem)).as_posix()
                    candidates.append(Candidate(path, labels, name))
                    where = {"table": table, "column": card.audio_column}
                    positions[path] = where | {"group": group, "row": row}
    audio = {card.id_of(candidate.path): candidate.path for candidate in candidates}
    regions = read_regions(folder, card, audio, faults)
    recordings = read_labelled(folder, card, candidates, faults, regions, headers)
    return [EmbeddedRecording(**vars(r), **positions[r.path]) for r in recordings]


def _header(card: Card, path: Path) -> Header:
    return read_header(path, card.one_channel)


def _all_rows(table: Path, card: Card) -> Iterator[tuple[str, int, int, dict[str, Any]]]:
    """Each row: its position, row group and number in that; VadError for another file."""
    try:
        file = parquet.ParquetFile(table)
        columns = _columns(file.schema_arrow.names, card)
        number = 0
        for group in range(file.num_row_groups):
            values = file.read_row_group(group, columns=list(columns.values()))
            lists = {key: values[name].to_pylist() for key, name in columns.items()}
            for row in range(values.num_rows):
                yield f"row {number}", group, row, {key: lists[key][row] for key in lists}
                number += 1
    except BAD_TABLE as error:
        reason = " ".join(str(error).split())
        raise VadError(f"cannot be read as a Parquet table ({reason[:200]})") from error


def _columns(names: list[str], card: Card) -> dict[str, str]:
    """The columns of audio, start, end and, where there is one, label."""
    usual = {"start": START_COLUMNS, "end": END_COLUMNS, "label": LABEL_COLUMNS}
    columns = {"audio": card.audio_column}
    for key, candidates in usual.items():
        named = getattr(card, f"{key}_column")
        columns[key] = named or next((name for name in candidates if name in names), "")
    if not columns["label"]:
        del columns["label"]
    if missing := [key for key, name in columns.items() if name not in names]:
        raise VadError(
            f"columns {', '.join(names)}, expected one of {missing[0]} times: name it by "
            f"'{missing[0]}_column' in the card"
        )
    return columns


@lru_cache(maxsize=1)
def _rows(table: Path, group: int, column: str) -> list[Any]:
    return parquet.ParquetFile(table).read_row_group(group, columns=[column])[column].to_pylist()


def audio_of(value: object) -> tuple[bytes, str]:
    """The bytes of a file and its name; VadError where the audio is not inside the table."""
    data = value.get("bytes") if isinstance(value, dict) else None
    if not isinstance(data, bytes) or not data:
        raise VadError("no audio bytes in the row, expected a dataset with embedded audio")
    name = value.get("path") if isinstance(value, dict) else None
    name = name if isinstance(name, str) else ""
    check_characters(name)
    return data, name


@contextmanager
def unpacked(data: bytes, path: Path) -> Iterator[Path]:
    """A temporary file with `data`; what is wrong with it is a fault of `path`."""
    with tempfile.TemporaryDirectory(prefix="row-") as folder:
        file = Path(folder) / f"audio{path.suffix[:8]}"
        file.write_bytes(data)
        try:
            yield file
        except VadError as error:
            raise VadError(*(line.replace(str(file), str(path)) for line in error.args)) from None


def segments_of(values: dict[str, Any]) -> list[Segment]:
    """The segments of a row; VadError where its lists do not fit."""
    lists = [values["start"], values["end"]]
    if not all(isinstance(one, list) for one in lists):
        shown = " and ".join(str(value)[:30] for value in lists)
        raise VadError(f"start and end are {shown}, expected lists of times in seconds")
    labels = values.get("label")
    labels = labels if isinstance(labels, list) else [labels] * len(lists[0])
    if len({len(one) for one in (*lists, labels)}) != 1:
        raise VadError("lists of start, end and label are not of one length")
    if not all(label is None or is_label(label) for label in labels):
        raise VadError("labels hold something else, expected texts or numbers")
    return [
        Segment(
            seconds_of(start, "start"),
            seconds_of(end, "end"),
            None if label is None else str(label).strip() or EMPTY,
        )
        for start, end, label in zip(*lists, labels, strict=True)
    ]
