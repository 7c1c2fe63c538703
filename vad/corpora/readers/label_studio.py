"""Exports of Label Studio as JSON: tasks with regions of an audio file.

https://labelstud.io/guide/export: a task has its file under `data` and `annotations`, of which each
has a `result` with regions of type labels (`value`: start, end and labels). The file's name in an
upload has a prefix of eight digits; it is looked for by its name among `audio`. A task that several
people annotated is a fault, one that nobody did is left out.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from vad.corpora.file_ids import by_file_id, listed, read_regions, report_unlabelled
from vad.corpora.files import OneOrMore, one_form
from vad.corpora.labelled import Candidate, LabelCard, read_labelled
from vad.corpora.readers.jsonl import parse_json
from vad.corpora.recording import FileRecording
from vad.corpora.rows import channel_in, number_in
from vad.corpora.spans import LabelledSegment, Labels, Segment, read_text
from vad.errors import VadError
from vad.faults import Faults

# The label of regions that have a transcript and no label.
SPOKEN = "speech"
UPLOAD = re.compile(r"^[0-9a-f]{8}-")


class Card(LabelCard):
    """Patterns over audio files and exports; the key of `data` where there are several."""

    audio: OneOrMore
    labels: OneOrMore
    data_key: str | None = None


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each annotated task."""
    audio = by_file_id(card, card.matching(folder, "audio"), faults)
    candidates, missing = [], []
    in_tasks: set[str] = set()
    for path in card.matching(folder, "labels"):
        tasks: list[Any] = []
        with faults.gathered(path):
            tasks = _list(parse_json(read_text(path)), "the export")
        for number, task in enumerate(tasks, 1):
            position = f"task {number}"
            with faults.gathered(path, position):
                file_id = _file_id(task, card, audio.keys())
                in_tasks.add(file_id)
                annotations = _annotations(task)
                if not annotations:
                    faults.tally.left_out[card.name, "not_annotated"] += 1
                    faults.notes.append(f"{path}: {position}: nobody annotated '{file_id}'")
                    continue
                labels = Labels(list(_regions(annotations[0], path, position)))
                if file_id in audio and (own := audio[file_id]):
                    candidates.append(Candidate(own, labels))
                else:
                    missing.append((path, file_id))
    if missing and card.missing_audio == "fault":
        faults.add(missing[0][0], f"no audio file of {listed([file_id for _, file_id in missing])}")
    if not faults.entries:
        report_unlabelled(card, [p for i, p in audio.items() if p and i not in in_tasks], faults)
    regions = read_regions(folder, card, audio, faults)
    return read_labelled(folder, card, candidates, faults, regions)


def _list(value: object, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise VadError(f"{what} is {str(value)[:60]}, expected a list")
    return value


def _file_id(task: object, card: Card, known: Any) -> str:  # noqa: ANN401 (keys of a mapping)
    """The file id of a task, without the prefix of an upload where it has one."""
    data = task.get("data") if isinstance(task, dict) else None
    if not isinstance(data, dict):
        raise VadError("no 'data', expected a task of the export in the format JSON")
    texts = [v for k, v in data.items() if isinstance(v, str) and card.data_key in (None, k)]
    if len(texts) != 1:
        raise VadError(f"'data' has keys {', '.join(data)}, expected 'data_key' in the card")
    try:
        url = urlsplit(texts[0])
    except ValueError:
        raise VadError(f"'{texts[0][:60]}', expected a path or an address") from None
    path = parse_qs(url.query).get("d", [unquote(url.path)])[0]
    name = Path(PurePosixPath(path).name)
    file_id = card.id_of(name)
    return file_id if file_id in known else one_form(UPLOAD.sub("", file_id))


def _annotations(task: dict[str, Any]) -> list[dict[str, Any]]:
    """The annotations of a task that were not cancelled: one or none; VadError for more."""
    annotations = [
        annotation
        for annotation in _list(task.get("annotations"), "'annotations'")
        if isinstance(annotation, dict) and not annotation.get("was_cancelled")
    ]
    if len(annotations) > 1:
        raise VadError(f"{len(annotations)} annotations, expected one: export the reviewed one")
    return annotations


def _regions(annotation: dict[str, Any], path: Path, position: str) -> Iterator[LabelledSegment]:
    """The regions of an annotation, each with its labels, or as speech where it has a text."""
    values: dict[str, dict[str, Any]] = {}
    labels: dict[str, list[Any]] = {}
    for number, entry in enumerate(_list(annotation.get("result"), "'result'")):
        value = entry.get("value") if isinstance(entry, dict) else None
        if isinstance(value, dict) and "ranges" in value:
            raise VadError("regions of a video, in frames: expected regions of audio, in seconds")
        if not isinstance(value, dict) or "start" not in value:
            continue
        # The label and the text of a region are two entries of one id.
        key = str(entry.get("id", number))
        values.setdefault(key, value)
        if "labels" in value or "text" in value:
            labels.setdefault(key, []).extend(_list(value.get("labels", []), "'labels'"))
    for key, value in values.items():
        if key not in labels:
            raise VadError(f"region '{key}' has no label, expected one for each region")
        start_s, end_s = number_in(value, "start", None), number_in(value, "end", None)
        if start_s is None or end_s is None:
            raise VadError("a region without start or end")
        for label in map(str, labels[key] or [SPOKEN]):
            yield Segment(start_s, end_s, label, channel_in(value)).at(path, position)
