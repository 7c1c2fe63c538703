"""Tables in csv or tsv files with a header, a row for each segment.

The card names the columns where they are called otherwise: `audio`, `start`, `end` (or `duration`)
and `label`. Times are seconds, `hh:mm:ss`, or milliseconds in columns such as `start_ms`. Without a
`label` column every row is speech.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from vad.corpora.files import OneOrMore
from vad.corpora.labelled import LabelCard
from vad.corpora.meanings import EMPTY
from vad.corpora.numbers import seconds
from vad.corpora.recording import FileRecording
from vad.corpora.rows import Row, one_path, recordings_in_rows
from vad.corpora.spans import Labels, Segment, channel_number, read_text, report_some
from vad.errors import VadError
from vad.faults import Faults

Field = Literal["audio", "start", "end", "duration", "label", "channel"]
# Names that tools and published tables give the columns (DCASE, Raven, pandas scripts).
USUAL: dict[Field, tuple[str, ...]] = {
    "audio": (
        *("audio", "filename", "file", "path", "audio_path", "file_name", "wav", "recording"),
        "begin file",
    ),
    "start": ("start", "onset", "start_s", "begin", "start_time", "begin time (s)", "tmin"),
    "end": ("end", "offset", "end_s", "stop", "end_time", "end time (s)", "tmax"),
    "duration": ("duration", "duration_s"),
    "label": (
        "is_speech",
        "speech",
        "label",
        "event_label",
        "class",
        "annotation",
        "category",
        "speaker",
    ),
    "channel": ("channel",),
}
DELIMITERS = ("\t", ";", ",")
TIMES = ("start", "end", "duration")
MILLISECONDS = ("_ms", " (ms)", "_msec")
DECIMALS = re.compile(r"^\s*(-?[0-9]*),([0-9]+)\s*$")
# With three digits behind it, a comma may also group thousands.
DECIMAL_COMMA = re.compile(r"-?(0?,[0-9]+|[0-9]+,([0-9]{1,2}|[0-9]{4,}))")
CLOCK = re.compile(r"(?:([0-9]{1,4}):)?([0-9]{1,4}):([0-9]{1,2}(?:\.[0-9]*)?)")
ANY_CHANNEL = ("", "na", "<na>", "nan", "both", "all", "mono")
SIDES = {"left": 1, "right": 2}


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
            rows = list(rows_in(read_text(path)))
            if not rows:
                raise VadError("no rows, expected a header and a row for each segment")
            reasons = []
            for values, position in rows:
                columns = columns_of(values, card.columns or {})
                audio_path = one_path(values[columns["audio"]])
                try:
                    segment = parse_row(values, columns).at(path, position)
                except VadError as error:
                    reasons.append(f"{position}: {error}")
                    broken.add(audio_path)
                    continue
                row = merged.setdefault(audio_path, Row(audio_path, Labels(), path, position))
                row.labels.segments.append(segment)
            report_some(path, reasons, faults)
    sound = [row for name, row in merged.items() if name not in broken]
    return recordings_in_rows(folder, card, sound, faults)


def rows_in(text: str) -> Iterator[tuple[Mapping[str, str], str]]:
    """The rows of a table by its header, with their positions; VadError where it is not a table."""
    # Excel's hint about the delimiter.
    text = re.sub(r"\A\s*sep=.\n", "", text)
    head = text.lstrip("\n").partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    try:
        reader = csv.DictReader(
            io.StringIO(text), delimiter=delimiter, strict=True, skipinitialspace=True
        )
        names = [name.strip().casefold() for name in reader.fieldnames or () if name.strip()]
        if len(set(names)) < len(names):
            raise VadError(f"columns {', '.join(names)}, expected each name once")
        for values in reader:
            if None in values or None in values.values():
                raise VadError(
                    f"line {reader.line_num}: expected {len(reader.fieldnames or ())} fields"
                )
            if delimiter != ",":
                # Between other delimiters a comma never groups thousands.
                values = {name: DECIMALS.sub(r"\1.\2", text) for name, text in values.items()}
            yield values, f"line {reader.line_num}"
    except csv.Error as error:
        raise VadError(f"not a table ({error})") from None


def columns_of(values: Mapping[str, str], named: Mapping[Field, str]) -> dict[Field, str]:
    """The column of each field that the table has; VadError where one that it needs is missing."""
    columns: dict[Field, str] = {}
    by_name = {name.strip().casefold(): name for name in values}
    for field, usual in USUAL.items():
        wanted = (named[field],) if field in named else usual
        if field in TIMES and field not in named:
            wanted += tuple(f"{name}{unit}" for unit in MILLISECONDS for name in usual)
        own = [by_name[name.casefold()] for name in wanted if name.casefold() in by_name]
        if own:
            columns[field] = own[0]
        elif field in named:
            raise VadError(f"no column '{named[field]}', expected one of {', '.join(values)}")
    if not {"audio", "start"} <= columns.keys() or not {"end", "duration"} & columns.keys():
        raise VadError(
            f"columns {', '.join(values)}, expected a header with audio, start and end: 'columns: "
            "{audio: .., start: .., end: ..}' in the card names them"
        )
    return columns


def parse_row(values: Mapping[str, str], columns: Mapping[Field, str]) -> Segment:
    """The segment of a row."""
    if not values[columns["audio"]].strip():
        raise VadError("no audio file in it")
    start_s = _time(values, columns["start"])
    if "end" in columns:
        end_s = _time(values, columns["end"])
    else:
        end_s = start_s + _time(values, columns["duration"])
    label = (values[columns["label"]].strip() or EMPTY) if "label" in columns else None
    return Segment(start_s, end_s, label, _channel(values, columns))


def _time(values: Mapping[str, str], column: str) -> float:
    """The time in a column (s): a number, with a decimal comma or not, or hh:mm:ss."""
    text = values[column].strip()
    if DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    if match := CLOCK.fullmatch(text):
        hours, minutes, rest = match.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(rest)
    is_ms = column.strip().casefold().endswith(MILLISECONDS)
    return seconds(text) / (1000 if is_ms else 1)


def _channel(values: Mapping[str, str], columns: Mapping[Field, str]) -> int | None:
    """The channel of a row; None where it has none; VadError where it is something else."""
    text = values[columns["channel"]].strip().casefold() if "channel" in columns else ""
    if text in ANY_CHANNEL:
        return None
    number = SIDES.get(text, channel_number(text.upper()))
    if number is None:
        raise VadError(f"channel '{text}', expected a number, or left or right")
    return number
