"""Tables and manifests: rows that each name an audio file and where speech is in it."""

import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from vad.corpora.file_ids import ById, read_regions
from vad.corpora.files import one_form
from vad.corpora.labelled import Candidate, LabelCard, read_labelled
from vad.corpora.meanings import EMPTY
from vad.corpora.numbers import is_seconds, seconds_of
from vad.corpora.recording import FileRecording
from vad.corpora.spans import LabelledSegment, Labels, Segment
from vad.errors import VadError
from vad.faults import Faults

# The keys under which scripts write the class of a segment.
LABEL_KEYS = (
    "is_speech",
    "speech",
    "label",
    "class",
    "type",
    "category",
    "event",
    "kind",
    "speaker",
)


class Row(NamedTuple):
    """A path as it stands in a row, the labels of that audio, and where the row stands."""

    audio_path: str
    labels: Labels
    file: Path
    position: str


def recordings_in_rows(
    folder: Path, card: LabelCard, rows: Iterable[Row], faults: Faults
) -> list[FileRecording]:
    """A recording for each row with a readable path and fitting labels."""
    candidates = []
    for row in rows:
        with faults.gathered(row.file, row.position):
            path = card.inside(folder, row.audio_path)
            if card.missing_audio == "skip" and not path.is_file():
                faults.tally.left_out[card.name, "missing_audio"] += 1
                continue
            candidates.append(Candidate(path, row.labels))
    audio = {card.id_of(candidate.path): candidate.path for candidate in candidates}
    regions: ById | None = read_regions(folder, card, audio, faults)
    return read_labelled(folder, card, candidates, faults, regions)


def one_path(text: str) -> str:
    """A path of a row in a form in which equal files have equal paths."""
    return one_form(os.path.normpath(text.strip()))


def segments_of(entries: object, key: str, file: Path, position: str) -> list[LabelledSegment]:
    """The segments in a list of [start, end], [start, end, label] or {start, end}."""
    if not isinstance(entries, list):
        raise VadError(f"'{key}' is {entries!r}, expected a list")
    return [_segment(entry, key).at(file, position) for entry in entries]


def text_in(row: Mapping[str, Any], key: str) -> str:
    """The text under `key`; VadError where it is missing, empty or something else."""
    text = row.get(key)
    if not isinstance(text, str) or not text:
        raise VadError(f"'{key}' is {text!r}, expected a path")
    return text


def number_in(row: Mapping[str, Any], key: str, missing: float | None) -> float | None:
    """The number under `key`, or `missing` without it; VadError where it is something else."""
    value = row.get(key)
    return missing if value is None else seconds_of(value, key)


def label_in(entry: Mapping[str, Any]) -> str | None:
    """The class of a segment, under the first of LABEL_KEYS that has one."""
    key = next((key for key in LABEL_KEYS if entry.get(key) is not None), None)
    if key is None:
        return None
    value = entry[key]
    if not is_label(value):
        raise VadError(f"'{key}' is {value!r}, expected one label")
    return str(value).strip() or EMPTY


def is_label(value: object) -> bool:
    """Whether a value names a class: a text, or a finite number."""
    return isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))


def channel_in(entry: Mapping[str, Any]) -> int | None:
    """The channel of a segment as formats of lines count it, from 1; in JSON it counts from 0."""
    value = entry.get("channel")
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise VadError(f"'channel' is {value!r}, expected a number from 0")
    return value + 1


def _segment(entry: object, key: str) -> Segment:
    label = channel = None
    if isinstance(entry, dict):
        label, channel = label_in(entry), channel_in(entry)
        pair = [entry.get("start"), entry.get("end")]
    elif isinstance(entry, list) and len(entry) == 3 and isinstance(entry[2], str):
        label, pair = entry[2], entry[:2]
    else:
        pair = entry if isinstance(entry, list) else []
    if len(pair) != 2 or not all(map(is_seconds, pair)):
        raise VadError(f"'{key}' holds {entry!r}, expected {{'start': s, 'end': s}} in seconds")
    return Segment(seconds_of(pair[0], key), seconds_of(pair[1], key), label, channel)
