"""Labels of the teacher for the unlabelled recordings of stage prepare."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from vad.corpora.readers.unlabelled import UnlabelledRecording
from vad.corpora.recording import FileRecording, Recording
from vad.errors import VadError
from vad.faults import Faults
from vad.intervals import difference, total
from vad.teacher.fitting import fitted_rule
from vad.teacher.opinions import Opinion, opinions
from vad.teacher.scores import FOR_TRAINING, Rule


def label_unlabelled(
    recordings: Sequence[Recording], faults: Faults
) -> tuple[list[Recording], dict[str, Any]]:
    """`recordings` with labels for the unlabelled ones, and who labelled how much, as metrics.

    Unlabelled recordings that cannot be read are left out as faults. Without any, nothing is done.
    """
    unlabelled = [r for r in recordings if isinstance(r, UnlabelledRecording)]
    if not unlabelled:
        return list(recordings), {}
    rules = {False: FOR_TRAINING}
    if any(recording.is_fitted for recording in unlabelled):
        rules[True] = fitted_rule(recordings)
    taught = []
    results = opinions([(r.path, r.channel) for r in unlabelled], "label")
    for recording, result in zip(unlabelled, results, strict=True):
        if isinstance(result, VadError):
            faults.add(recording.source, str(result).removeprefix(f"{recording.path}: "))
        else:
            taught.append(with_labels(recording, result, rules[recording.is_fitted]))
    people = [r for r in recordings if not isinstance(r, UnlabelledRecording)]
    metrics = {"labelled_by": summarise(people, taught, rules)}
    return sorted([*people, *taught], key=lambda r: (r.corpus, r.name)), metrics


def with_labels(recording: UnlabelledRecording, result: Opinion, rule: Rule) -> FileRecording:
    """`recording` with the speech that the teacher finds; annotated where it is sure."""
    values = {field.name: getattr(recording, field.name) for field in fields(FileRecording)}
    annotated = difference(recording.annotated, result.uncertain_s(rule))
    return FileRecording(**values | {"speech": result.speech_s(rule), "annotated": annotated})


def summarise(
    people: Sequence[Recording], taught: Sequence[FileRecording], rules: dict[bool, Rule]
) -> dict[str, Any]:
    """Hours of speech recordings by who labelled them, and what the teacher left out."""
    files = (r for r in people if isinstance(r, FileRecording) and r.role == "speech")
    sure_hours = _hours(taught)
    summary: dict[str, Any] = {"hours": {"people": _hours(files), "teacher": sure_hours}}
    summary["unsure_hours"] = sum(r.duration_s for r in taught) / 3600 - sure_hours
    if True in rules:
        summary["fitted_threshold"] = rules[True].threshold
    return summary


def _hours(recordings: Iterable[FileRecording]) -> float:
    """Annotated hours, speech or not."""
    return sum(float(total(recording.annotated)) for recording in recordings) / 3600
