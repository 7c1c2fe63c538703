"""Tables and manifests: rows that each name an audio file and say where speech is in it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from vad.corpora.files import FileCard
from vad.corpora.recording import FileRecording
from vad.corpora.spans import LabelledSegment, Labels
from vad.errors import VadError
from vad.faults import Faults


class Row(NamedTuple):
    """What one row says: a path as it is written there, and the labels of that audio."""

    audio_path: str
    labels: Labels
    file: Path
    place: str


def recordings_in_rows(
    folder: Path, card: FileCard, rows: Iterable[Row], faults: Faults
) -> list[FileRecording]:
    """A recording for each row whose path may be read and whose labels fit."""
    recordings = []
    for row in rows:
        path = None
        with faults.gathered(row.file, row.place):
            path = card.inside(folder, row.audio_path)
        if path is not None:
            recordings.append(card.recording(folder, path, "speech", row.labels, faults))
    return [recording for recording in recordings if recording is not None]


def spans_of(entries: object, key: str, file: Path, place: str) -> list[LabelledSegment]:
    """The spans in a list of [start, end] or {start, end}; VadError where it is none."""
    if not isinstance(entries, list):
        raise VadError(f"'{key}' is {entries!r}, expected a list")
    return [LabelledSegment(*_pair(entry, key), "", file, place) for entry in entries]


def text_in(row: dict, key: str) -> str:
    """The text under `key`; VadError where it is missing, empty or something else."""
    text = row.get(key)
    if not isinstance(text, str) or not text:
        raise VadError(f"'{key}' is {text!r}, expected a path")
    return text


def number_in(row: dict, key: str, missing: float | None) -> float | None:
    """The number under `key`, or `missing` without it; VadError where it is something else."""
    value = row.get(key)
    return missing if value is None else _number(value, key)


def _pair(entry: object, key: str) -> tuple[float, float]:
    pair = [entry.get("start"), entry.get("end")] if isinstance(entry, dict) else entry
    if not isinstance(pair, list) or len(pair) != 2 or not all(map(_is_number, pair)):
        raise VadError(f"'{key}' holds {entry!r}, expected {{'start': s, 'end': s}} in seconds")
    return _number(pair[0], key), _number(pair[1], key)


def _number(value: Any, key: str) -> float:  # noqa: ANN401 (whatever JSON holds)
    if not _is_number(value):
        raise VadError(f"'{key}' is {value!r}, expected seconds")
    try:
        return float(value)
    except OverflowError:
        raise VadError(f"'{key}' is beyond any float, expected seconds") from None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
