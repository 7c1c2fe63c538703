"""JSON lines, one for each recording, the simplest format to write by a script.

    {"audio": "a.wav", "segments": [[0.5, 2.1], {"start": 3, "end": 4.5}], "annotated": [[0, 60]]}

Times are seconds. Segments may overlap and may have a `label`, which is speech or not by the
card; without `annotated` the whole file is. An empty list of segments means silence where
`annotated` stands beside it. The lines are those of https://jsonlines.org; an array of such objects
is read too.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from vad.corpora.files import NO_CHARACTER, OneOrMore
from vad.corpora.labelled import LabelCard
from vad.corpora.recording import FileRecording
from vad.corpora.rows import Row, recordings_in_rows, segments_of, text_in
from vad.corpora.spans import Labels, lines_of, parse_lines, read_text
from vad.errors import VadError
from vad.faults import Faults

# How JSON writes NO_CHARACTER.
UNUSUAL_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


class Card(LabelCard):
    """A pattern over files of JSON lines; relative paths in them start at the corpus folder."""

    labels: OneOrMore


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each line."""
    rows = (row for path in card.matching(folder, "labels") for row in rows_of(path, faults))
    return recordings_in_rows(folder, card, rows, faults)


def rows_of(path: Path, faults: Faults) -> Iterator[Row]:
    """The rows of a file; what is wrong with one is a fault."""
    for values, position in objects_in(path, faults):
        with faults.gathered(path, position):
            yield _row(values, path, position)


def objects_in(path: Path, faults: Faults) -> list[tuple[dict[str, Any], str]]:
    """The objects of JSON lines, or of one array, with their positions; others are faults."""
    with faults.gathered(path):
        text = read_text(path)
        if is_one_document(text):
            entries = parse_json(text)
            if isinstance(entries, dict):
                entries = [entries]
            positions = ((entry, f"entry {number}") for number, entry in enumerate(entries, 1))
            return [(_object(entry, position), position) for entry, position in positions]
        return parse_lines(lines_of(path), parse_object, path, faults)
    return []


def is_one_document(text: str) -> bool:
    """Whether a text is one JSON array or object over several lines, in place of JSON lines."""
    text = text.strip()
    first = text.partition("\n")[0].strip()
    if first == text or not first.startswith(("[", "{")):
        return first.startswith("[{") or first == "[]"
    try:
        json.loads(first)
    except ValueError:
        return first in ("[", "{") or first.startswith(("[{", "[ {")) or first.endswith(("{", ","))
    except RecursionError:
        return False
    return False


def parse_json(text: str) -> Any:  # noqa: ANN401 (whatever JSON holds)
    """The value in a text; VadError when it is not JSON.

    `NaN` and `Infinity`, which Python would read, are not, nor escapes that mean no character.
    """
    try:
        value = json.loads(text, parse_constant=_refuse)
        if UNUSUAL_ESCAPE.search(text) and any(map(NO_CHARACTER.search, _texts(value))):
            raise ValueError("an escape such as \\u0000 that stands for no character")
    except (ValueError, RecursionError) as error:
        raise VadError(f"not valid JSON ({error})") from None
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant}, expected a finite number")


def _texts(value: object) -> Iterator[str]:
    """All texts in a value of JSON, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, dict):
        yield from value
        for part in value.values():
            yield from _texts(part)


def parse_object(line: str) -> dict[str, Any]:
    """The JSON object in a line; VadError when it is something else."""
    return _object(parse_json(line), line.strip())


def _object(value: object, shown: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise VadError(f"{shown}, expected a JSON object")
    return value


def _row(values: dict[str, Any], path: Path, position: str) -> Row:
    labels = Labels(segments_of(values.get("segments"), "segments", path, position))
    if values.get("annotated") is not None:
        labels.annotated = segments_of(values["annotated"], "annotated", path, position)
        labels.is_explicit = True
    return Row(text_in(values, "audio"), labels, path, position)
