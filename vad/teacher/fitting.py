"""The teacher's threshold fitted on labelled recordings of the training split."""

from collections.abc import Iterable, Sequence
from typing import TypeGuard

import numpy as np

from vad.corpora.readers.unlabelled import UnlabelledRecording
from vad.corpora.recording import FileRecording, Recording
from vad.intervals import intersect, to_samples
from vad.randomness import digest
from vad.silero.windows import covered_windows
from vad.teacher.opinions import Opinion, opinions
from vad.teacher.scores import FOR_PEOPLE, Rule

# Labelled training audio that is listened to at most: more moves the threshold no further.
FITTED_S = 3600.0
CANDIDATES = np.arange(-80, 21) / 10


def is_labelled_training(recording: Recording) -> TypeGuard[FileRecording]:
    """Whether a recording is labelled speech in a file, of the training split."""
    if not isinstance(recording, FileRecording) or isinstance(recording, UnlabelledRecording):
        return False
    return (recording.role, recording.split) == ("speech", "train")


def fitted_rule(recordings: Iterable[Recording]) -> Rule:
    """FOR_PEOPLE with the threshold of best F1 on labelled speech of the training split.

    Of equally good ones the one nearest to that of FOR_PEOPLE, which stays without any speech.
    """
    chosen = [recording for recording in recordings if is_labelled_training(recording)]
    chosen.sort(key=lambda recording: digest(recording.corpus, recording.name))
    lengths_s = np.cumsum([recording.duration_s for recording in chosen])
    chosen = chosen[: max(1, int(np.searchsorted(lengths_s, FITTED_S, "right")))]
    results = opinions([(r.path, r.channel) for r in chosen], "fit")
    pairs = [
        annotated_windows(recording, result)
        for recording, result in zip(chosen, results, strict=True)
        if isinstance(result, Opinion)
    ]
    return FOR_PEOPLE._replace(threshold=best_threshold(pairs))


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
        return FOR_PEOPLE.threshold
    values = np.concatenate([scores for _, scores in pairs])
    hits, passing = (
        len(of) - np.searchsorted(np.sort(of), CANDIDATES) for of in (values[speech], values)
    )
    f1 = 2 * hits / (passing + speech.sum())
    best = CANDIDATES[f1 == f1.max()]
    return float(best[np.abs(best - FOR_PEOPLE.threshold).argmin()])
