"""The format of upstream's tuning script: a Feather table, a row for each audio file.

Columns `audio_path` and `speech_ts` (or `speech_timings`), a list of {start, end} in seconds:
https://github.com/snakers4/silero-vad/tree/master/tuning, section "Data preparation". What is not
labelled as speech is not speech.
"""

from collections.abc import Iterator
from pathlib import Path

import pyarrow
from pyarrow import feather

from vad.corpora.arrow import sound_tables
from vad.corpora.files import OneOrMore
from vad.corpora.labelled import LabelCard
from vad.corpora.recording import FileRecording
from vad.corpora.rows import Row, recordings_in_rows, segments_of, text_in
from vad.corpora.spans import Labels
from vad.errors import VadError
from vad.faults import Faults

PATH_COLUMN = "audio_path"
SPEECH_COLUMNS = ("speech_ts", "speech_timings")


class Card(LabelCard):
    """A pattern over Feather tables; relative paths in them start at the corpus folder."""

    table: OneOrMore


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each row."""
    tables = sound_tables("Feather", card.matching(folder, "table"), faults)
    rows = (row for table in tables for row in rows_of(table, faults))
    return recordings_in_rows(folder, card, rows, faults)


def rows_of(path: Path, faults: Faults) -> Iterator[Row]:
    """The rows of a table, counted from 0 as pandas does; what is wrong with one is a fault."""
    columns = None
    with faults.gathered(path):
        columns = _columns(path)
    if columns is None:
        return
    speech_column, paths, entries = columns
    for number, (audio_path, row_entries) in enumerate(zip(paths, entries, strict=True)):
        position = f"row {number}"
        with faults.gathered(path, position):
            text = text_in({PATH_COLUMN: audio_path}, PATH_COLUMN)
            segments = segments_of(row_entries, speech_column, path, position)
            yield Row(text, Labels(segments), path, position)


def _columns(path: Path) -> tuple[str, list, list]:
    """The name of the column of speech, all audio paths and all speech entries."""
    try:
        table = feather.read_table(path)
        speech_columns = [name for name in SPEECH_COLUMNS if name in table.column_names]
        if PATH_COLUMN not in table.column_names or len(speech_columns) != 1:
            raise VadError(
                f"columns {', '.join(table.column_names)}, expected '{PATH_COLUMN}' "
                f"and one of {' and '.join(SPEECH_COLUMNS)}"
            )
        speech_column = speech_columns[0]
        return speech_column, table[PATH_COLUMN].to_pylist(), table[speech_column].to_pylist()
    except (OSError, pyarrow.ArrowException, UnicodeDecodeError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise VadError(f"cannot be read as a Feather table ({reason})") from error
