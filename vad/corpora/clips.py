"""Recordings of corpora as the clips that are prepared of them."""

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np

from vad.conditions.mixing import to_int16
from vad.corpora.recording import Recording
from vad.intervals import drop_short, intersect, merge_gaps, to_samples, unite
from vad.params import Params, Prepare
from vad.prepared import CLEAN, Clip
from vad.prepared.writing import Task


def recording_tasks(recordings: Iterable[Recording], sample_rate: int) -> Iterator[Task]:
    """The task to write each recording at `sample_rate` (Hz)."""
    for recording in recordings:
        name = f"{recording.corpus}/{recording.name}"
        sample_count = round(recording.duration_s * sample_rate)
        yield Task(recording.role, recording.split, name, recording.source, sample_count, recording)


def read_clips(params: Params, recording: Recording) -> Iterator[Clip]:
    """A recording as it came, in blocks."""
    rule = partial(smoothed, params.prepare)
    for number, block in enumerate(recording.blocks(params.sample_rate, rule)):
        yield Clip(
            corpus=recording.corpus,
            name=recording.name,
            speaker=recording.speaker,
            role=recording.role,
            split=recording.split,
            condition=CLEAN,
            block=number,
            licence=recording.licence,
            samples=to_int16(block.samples),
            speech=in_samples(intersect(block.speech, block.annotated), params.sample_rate),
            annotated=in_samples(block.annotated, params.sample_rate),
        )


def smoothed(params: Prepare, speech_s: np.ndarray) -> np.ndarray:
    """Speech [intervals, 2] (s) with short pauses counted in, then without short bursts."""
    bridged = merge_gaps(speech_s, params.merge_gap_ms / 1000)
    return drop_short(bridged, params.min_speech_ms / 1000)


def in_samples(intervals_s: np.ndarray, sample_rate: int) -> np.ndarray:
    """Intervals in seconds as int64 samples, without those that hold no sample."""
    return unite(to_samples(intervals_s, sample_rate))
