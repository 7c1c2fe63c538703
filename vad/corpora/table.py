"""Tables in csv or tsv files with a header, a row for each segment.

The card names the columns where they are called otherwise: `audio`, `start`, `end` (or `duration`)
and `label`. Times are seconds. Without a `label` column every row is speech.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from vad.corpora.files import OneOrMore
from vad.corpora.labelled import LabelCard
from vad.corpora.recording import FileRecording
from vad.corpora.rows import Row, recordings_in_rows
from vad.corpora.spans import Labels, Segment, read_text, seconds
from vad.errors import VadError
from vad.faults import Faults

Field = Literal["audio", "start", "end", "duration", "label", "channel"]
# Names that tools and published tables give the columns (DCASE, Raven, pandas scripts).
USUAL: dict[Field, tuple[str, ...]] = {
    "audio": ("audio", "filename", "file", "path", "audio_path", "file_name", "wav", "recording"),
    "start": ("start", "onset", "start_s", "begin", "start_time", "begin time (s)", "tmin"),
    "end": ("end", "offset", "end_s", "stop", "end_time", "end time (s)", "tmax"),
    "duration": ("duration", "duration_s"),
    "label": ("label", "event_label", "class", "annotation", "category", "speaker"),
    "channel": ("channel",),
}
DELIMITERS = ("\t", ";", ",")


class Card(LabelCard):
    """A pattern over tables, and the columns that have other names than the usual ones."""

    labels: OneOrMore
    columns: dict[Field, str] | None = None


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each audio file in the tables; one with a faulty row is left out."""
    merged: dict[str, Row] = {}
    broken: set[str] = set()
    for path in card.matching(folder, "labels"):
        with faults.gathered(path):
            for values, position in rows_in(read_text(path)):
                columns = columns_of(values, card.columns or {})
                audio_path = (values[columns["audio"]] or "").strip()
                try:
                    segment = parse_row(values, columns).at(path, position)
                except VadError as error:
                    faults.add(path, f"{position}: {error}")
                    broken.add(audio_path)
                    continue
                row = merged.setdefault(audio_path, Row(audio_path, Labels(), path, position))
                row.labels.segments.append(segment)
    sound = [row for name, row in merged.items() if name not in broken]
    return recordings_in_rows(folder, card, sound, faults)


def rows_in(text: str) -> Iterator[tuple[Mapping[str, str], str]]:
    """The rows of a table by its header, with their positions; VadError where it is no table."""
    head = text.lstrip("\n").partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    try:
        reader = csv.DictReader(io.StringIO(text), delimiter=delimiter, strict=True)
        for values in reader:
            if None in values or None in values.values():
                raise VadError(
                    f"line {reader.line_num}: expected {len(reader.fieldnames or ())} fields"
                )
            yield values, f"line {reader.line_num}"
    except csv.Error as error:
        raise VadError(f"not a table ({error})") from None


def columns_of(values: Mapping[str, str], named: Mapping[Field, str]) -> dict[Field, str]:
    """The column of each field that the table has; VadError where one that it needs is missing."""
    columns: dict[Field, str] = {}
    by_name = {name.strip().casefold(): name for name in values}
    for field, usual in USUAL.items():
        wanted = (named[field],) if field in named else usual
        own = [by_name[name.casefold()] for name in wanted if name.casefold() in by_name]
        if own:
            columns[field] = own[0]
        elif field in named:
            raise VadError(f"no column '{named[field]}', expected one of {', '.join(values)}")
    if not {"audio", "start"} <= columns.keys() or not {"end", "duration"} & columns.keys():
        raise VadError(
            f"columns {', '.join(values)}, expected 'columns: {{audio: .., start: .., end: ..}}' "
            "in the card to name them"
        )
    return columns


def parse_row(values: Mapping[str, str], columns: Mapping[Field, str]) -> Segment:
    """The segment of a row."""
    if not (values[columns["audio"]] or "").strip():
        raise VadError("no audio file in it")
    start_s = seconds(values[columns["start"]])
    if "end" in columns:
        end_s = seconds(values[columns["end"]])
    else:
        end_s = start_s + seconds(values[columns["duration"]])
    label = values[columns["label"]] if "label" in columns else None
    channel = values[columns["channel"]].strip() if "channel" in columns else ""
    return Segment(
        start_s, end_s, label, int(channel) if channel.isascii() and channel.isdecimal() else None
    )
