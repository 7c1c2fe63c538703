"""Labels of the teacher for the unlabelled recordings of stage prepare."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any, TypeGuard

import numpy as np

from vad.corpora.readers.unlabelled import UnlabelledRecording
from vad.corpora.recording import FileRecording, Recording
from vad.errors import VadError
from vad.faults import Faults
from vad.intervals import difference, intersect, to_samples, total
from vad.randomness import digest
from vad.silero.windows import covered_windows
from vad.teacher.opinions import Opinion, opinions
from vad.teacher.scores import THRESHOLD

# Labelled training audio that the threshold is fitted on at most: more moves it no further.
FITTED_S = 3600.0
CANDIDATES = np.arange(-80, 21) / 10


def label_unlabelled(
    recordings: Sequence[Recording], faults: Faults
) -> tuple[list[Recording], dict[str, Any]]:
    """`recordings` with labels for the unlabelled ones, and who labelled how much, as metrics.

    Unlabelled recordings that cannot be read are left out as faults. Without any, nothing is done.
    """
    unlabelled = [r for r in recordings if isinstance(r, UnlabelledRecording)]
    if not unlabelled:
        return list(recordings), {}
    threshold = fitted_threshold(recordings)
    labelled: list[Recording] = [r for r in recordings if not isinstance(r, UnlabelledRecording)]
    hours = {"people": _hours(r for r in labelled if isinstance(r, FileRecording))}
    for recording, result in zip(unlabelled, _opinions(unlabelled, "label"), strict=True):
        if isinstance(result, VadError):
            faults.add(recording.source, str(result).removeprefix(f"{recording.path}: "))
        else:
            labelled.append(with_labels(recording, result, threshold))
    own = {(r.corpus, r.name) for r in unlabelled}
    taught = [r for r in labelled if (r.corpus, r.name) in own and isinstance(r, FileRecording)]
    hours |= {"teacher": _hours(taught)}
    left_out = sum(r.duration_s for r in taught) / 3600 - hours["teacher"]
    metrics = {"hours": hours, "unsure_hours": left_out, "threshold": threshold}
    return sorted(labelled, key=lambda r: (r.corpus, r.name)), {"labelled_by": metrics}


def with_labels(recording: UnlabelledRecording, result: Opinion, threshold: float) -> FileRecording:
    """`recording` with the speech that the teacher finds; annotated where it is sure."""
    values = {field.name: getattr(recording, field.name) for field in fields(FileRecording)}
    annotated = difference(recording.annotated, result.uncertain_s(threshold))
    return FileRecording(**values | {"speech": result.speech_s(threshold), "annotated": annotated})


def is_labelled_training(recording: Recording) -> TypeGuard[FileRecording]:
    """Whether a recording is labelled speech in a file, of the training split."""
    if not isinstance(recording, FileRecording) or isinstance(recording, UnlabelledRecording):
        return False
    return (recording.role, recording.split) == ("speech", "train")


def fitted_threshold(recordings: Iterable[Recording]) -> float:
    """The threshold of best F1 on labelled speech of the training split, THRESHOLD without any.

    Of equally good ones the one nearest to THRESHOLD.
    """
    chosen = [recording for recording in recordings if is_labelled_training(recording)]
    chosen.sort(key=lambda recording: digest(recording.corpus, recording.name))
    lengths_s = np.cumsum([recording.duration_s for recording in chosen])
    chosen = chosen[: max(1, int(np.searchsorted(lengths_s, FITTED_S, "right")))]
    pairs = [
        annotated_windows(recording, result)
        for recording, result in zip(chosen, _opinions(chosen, "fit"), strict=True)
        if isinstance(result, Opinion)
    ]
    return best_threshold(pairs)


def annotated_windows(recording: FileRecording, result: Opinion) -> tuple[np.ndarray, np.ndarray]:
    """Labels, bool, and scores of the annotated windows, [windows] each."""
    count, geometry = len(result.scores), result.geometry
    speech, annotated = (
        covered_windows(to_samples(intervals, result.sample_rate), count, geometry)
        for intervals in (intersect(recording.speech, recording.annotated), recording.annotated)
    )
    return speech[annotated], result.scores[annotated]


def best_threshold(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> float:
    """The candidate of best F1 over all windows of `pairs` of labels and scores."""
    speech = np.concatenate([np.zeros(0, bool), *(labels for labels, _ in pairs)])
    if speech.all() or not speech.any():
        return THRESHOLD
    values = np.concatenate([scores for _, scores in pairs])
    hits, passing = (
        len(of) - np.searchsorted(np.sort(of), CANDIDATES) for of in (values[speech], values)
    )
    f1 = 2 * hits / (passing + speech.sum())
    best = CANDIDATES[f1 == f1.max()]
    return float(best[np.abs(best - THRESHOLD).argmin()])


def _opinions(recordings: Sequence[FileRecording], title: str) -> list[Opinion | VadError]:
    return opinions([(r.path, r.channel) for r in recordings], title)


def _hours(recordings: Iterable[FileRecording]) -> float:
    """Annotated hours of speech recordings, speech or not."""
    return sum(float(total(r.annotated)) for r in recordings if r.role == "speech") / 3600
