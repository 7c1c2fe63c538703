"""The format of upstream's tuning script: a Feather table, a row for each audio file.

Columns `audio_path` and `speech_ts` (or `speech_timings`), a list of {start, end} in seconds:
https://github.com/snakers4/silero-vad/tree/master/tuning, section "Data preparation". What is not
labelled as speech is not speech.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pyarrow
from pyarrow import feather

from vad.corpora.files import FileCard, Pattern
from vad.corpora.recording import FileRecording, Span
from vad.errors import VadError

PATH_COLUMN = "audio_path"
SPEECH_COLUMNS = ("speech_ts", "speech_timings")


class Card(FileCard):
    """A pattern over Feather tables; relative paths in them start at the corpus folder."""

    role: Literal["speech"] = "speech"
    table: Pattern


def read(folder: Path, card: Card) -> list[FileRecording]:
    """A recording for each row."""
    recordings = []
    for table in card.matching(folder, "table"):
        for audio_path, entries, place in _rows(table):
            path = card.inside(folder, audio_path, place)
            recordings.append(card.recording(folder, path, card.role, _spans(entries, place)))
    return [recording for recording in recordings if recording is not None]


def _rows(path: Path) -> Iterator[tuple[str, list[Any], str]]:
    """Audio path, speech entries and place of each row, counted from 0 as pandas does."""
    try:
        table = feather.read_table(path)
    except (OSError, pyarrow.ArrowException) as error:
        reason = " ".join(str(error).split())
        raise VadError(f"{path}: cannot be read as a Feather table ({reason})") from error
    speech_columns = [name for name in SPEECH_COLUMNS if name in table.column_names]
    if PATH_COLUMN not in table.column_names or len(speech_columns) != 1:
        raise VadError(
            f"{path}: columns {', '.join(table.column_names)}, expected '{PATH_COLUMN}' "
            f"and one of {' and '.join(SPEECH_COLUMNS)}"
        )
    columns = (table[PATH_COLUMN].to_pylist(), table[speech_columns[0]].to_pylist())
    for number, (audio_path, entries) in enumerate(zip(*columns, strict=True)):
        place = f"{path} row {number}"
        if not isinstance(audio_path, str) or not audio_path:
            raise VadError(f"{place}: '{PATH_COLUMN}' is {audio_path!r}, expected a path")
        if not isinstance(entries, list):
            raise VadError(f"{place}: '{speech_columns[0]}' is {entries!r}, expected a list")
        yield audio_path, entries, place


def _spans(entries: list[Any], place: str) -> list[Span]:
    spans = []
    for entry in entries:
        start, end = (entry.get("start"), entry.get("end")) if isinstance(entry, dict) else (0, "")
        if not isinstance(start, int | float) or not isinstance(end, int | float):
            raise VadError(f"{place}: {entry!r}, expected {{'start': s, 'end': s}} in seconds")
        spans.append(Span(float(start), float(end), place))
    return spans
