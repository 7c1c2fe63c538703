"""JSON lines, one for each recording, the simplest format to write by a script.

    {"audio": "a.wav", "segments": [[0.5, 2.1], {"start": 3, "end": 4.5}], "annotated": [[0, 60]]}

Times are seconds. Segments may overlap; without `annotated` the whole file is. Other keys are not
looked at. The lines themselves are those of https://jsonlines.org.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from vad.corpora.files import FileCard, OneOrMore
from vad.corpora.recording import FileRecording
from vad.corpora.rows import Row, recordings_in_rows, spans_of, text_in
from vad.corpora.spans import Labels, lines_of
from vad.errors import VadError
from vad.faults import Faults


class Card(FileCard):
    """A pattern over files of JSON lines; relative paths in them start at the corpus folder."""

    role: Literal["speech"] = "speech"
    labels: OneOrMore


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each line."""
    rows = (row for path in card.matching(folder, "labels") for row in rows_of(path, faults))
    return recordings_in_rows(folder, card, rows, faults)


def rows_of(path: Path, faults: Faults) -> Iterator[Row]:
    """The rows of a file; what is wrong with one is a fault."""
    with faults.gathered(path):
        for line, place in lines_of(path):
            with faults.gathered(path, place):
                yield _row(parse_object(line), path, place)


def parse_object(line: str) -> dict[str, Any]:
    """The JSON object in a line; VadError when it is none."""
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise VadError(f"not valid JSON ({error})") from None
    if not isinstance(values, dict):
        raise VadError(f"{line.strip()}, expected a JSON object")
    return values


def _row(values: dict[str, Any], path: Path, place: str) -> Row:
    labels = Labels(spans_of(values.get("segments"), "segments", path, place))
    if values.get("annotated") is not None:
        labels.annotated = spans_of(values["annotated"], "annotated", path, place)
    return Row(text_in(values, "audio"), labels, path, place)
