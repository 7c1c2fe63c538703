"""JSON-lines manifests of NVIDIA NeMo, labelled by frames, by classes of segments or by RTTM files.

https://docs.nvidia.com/nemo-framework/user-guide/latest/nemotoolkit/asr/speech_classification/
datasets.html and scripts/speaker_tasks/create_synth_vad_manifest.py of the toolkit: keys
`audio_filepath`, `offset`, `duration` and either `label`, a 0 or 1 for each frame ("0 0 1 1" or a
list) of `vad_frame_unit_secs`, or `label`, the class of the segment, or `rttm_filepath`, of which
the toolkit takes every line, and `uem_filepath`. Lines of one audio file make one recording; what
they cover is annotated.
"""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from vad.corpora.file_ids import parse_region
from vad.corpora.files import OneOrMore
from vad.corpora.labelled import LabelCard
from vad.corpora.readers.jsonl import objects_in
from vad.corpora.readers.rttm import parse_turn
from vad.corpora.recording import FileRecording
from vad.corpora.rows import Row, number_in, one_path, recordings_in_rows, text_in
from vad.corpora.spans import LabelledSegment, Labels, Segment, lines_of
from vad.errors import VadError
from vad.faults import Faults
from vad.intervals import clip, from_mask

# What NeMo writes in place of labels that an RTTM file has.
INFER = "infer"
FRAMES = ("0", "1", "0.0", "1.0")


# Windows that reach over the ends make so many frames more or fewer.
FRAME_SLACK = 4


class Card(LabelCard):
    """A pattern over manifests; relative paths in them start at the corpus folder."""

    manifest: OneOrMore
    # The length of a frame where a line has no vad_frame_unit_secs.
    frame_ms: Annotated[float, Field(gt=0)] | None = None


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each audio file that has lines, all of them without a fault."""
    merged: dict[str, Row] = {}
    broken: set[str] = set()
    for path in card.matching(folder, "manifest"):
        for values, position in objects_in(path, faults):
            row = None
            with faults.gathered(path, position):
                audio_path = text_in(values, "audio_filepath")
                row = Row(audio_path, _labels(folder, card, values, path, position), path, position)
            if row is None:
                broken.add(one_path(str(values.get("audio_filepath"))))
                continue
            known = merged.setdefault(one_path(row.audio_path), row)
            if known is not row:
                known.labels.segments += row.labels.segments
                known.labels.annotated = _both(known.labels.annotated, row.labels.annotated)
    sound = (row for path, row in merged.items() if path not in broken)
    return recordings_in_rows(folder, card, sound, faults)


def _both(
    one: list[LabelledSegment] | None, other: list[LabelledSegment] | None
) -> list[LabelledSegment] | None:
    return None if one is None or other is None else one + other


def _labels(folder: Path, card: Card, values: dict[str, Any], path: Path, position: str) -> Labels:
    """The labels of a line."""
    offset_s = number_in(values, "offset", 0.0) or 0.0
    duration_s = number_in(values, "duration", None)
    end_s = float("inf") if duration_s is None else offset_s + duration_s
    label = values.get("label")
    if label in (None, INFER):
        return _labels_in_files(folder, card, values, offset_s, end_s, path, position)
    if is_class(label):
        if duration_s is None:
            raise VadError(f"'label' is {label!r} and 'duration' is None, expected seconds")
        segment = Segment(offset_s, end_s, label).at(path, position)
        return Labels([segment], [segment])
    frame_s = number_in(values, "vad_frame_unit_secs", card.frame_ms and card.frame_ms / 1000)
    if not frame_s or not frame_s > 0:
        raise VadError("no length of frames, expected 'vad_frame_unit_secs' or 'frame_ms'")
    frames = frames_in(label)
    frames_s = len(frames) * frame_s
    if not math.isfinite(offset_s + frames_s):
        raise VadError(f"frames of {frame_s:g} s, expected a length in seconds")
    if duration_s is not None and abs(frames_s - duration_s) > FRAME_SLACK * frame_s:
        raise VadError(
            f"{len(frames)} frames of {frame_s:g} s are {frames_s:g} s, expected 'duration', "
            f"{duration_s:g} s: is 'frame_ms', or 'vad_frame_unit_secs', right?"
        )
    # A tail that has no frames is not annotated.
    end_s = min(end_s, offset_s + frames_s)
    segments = [s.at(path, position) for s in runs(frames, frame_s, offset_s, end_s)]
    annotated = Segment(offset_s, end_s).at(path, position)
    return Labels(segments, [annotated], is_explicit=True)


def _labels_in_files(
    folder: Path,
    card: Card,
    values: dict[str, Any],
    offset_s: float,
    end_s: float,
    path: Path,
    position: str,
) -> Labels:
    """Labels in the RTTM and UEM files of a line, of the stretch that it covers."""
    file_id = Path(values["audio_filepath"]).stem
    if values.get("rttm_filepath") is None:
        raise VadError("no 'label' and no 'rttm_filepath', expected one of them")
    rttm = card.inside(folder, text_in(values, "rttm_filepath"))
    turns = _of_file(rttm, parse_turn, file_id, path, position)
    labels = Labels(_cut(turns, offset_s, end_s))
    if values.get("uem_filepath") is not None:
        uem = card.inside(folder, text_in(values, "uem_filepath"))
        regions = _of_file(uem, parse_region, file_id, path, position)
        labels.annotated = _cut(regions, offset_s, end_s)
        labels.is_explicit = True
    elif offset_s or end_s < float("inf"):
        labels.annotated = [Segment(offset_s, end_s).at(path, position)]
    return labels


def is_class(label: object) -> bool:
    """Whether a label is the name of a class, not one digit for each frame."""
    return isinstance(label, str) and any(c.isalpha() for c in label)


def frames_in(label: object) -> list[bool]:
    """Which frames are speech, of "0 0 1 1" or [0, 0, 1, 1]; VadError for anything else."""
    frames = label.split() if isinstance(label, str) else label
    if not isinstance(frames, list) or not all(frame in FRAMES for frame in map(str, frames)):
        raise VadError(f"'label' is {json.dumps(label)[:80]}, expected a 0 or 1 for each frame")
    return [str(frame) in ("1", "1.0") for frame in frames]


def runs(is_speech: list[bool], frame_s: float, offset_s: float, end_s: float) -> list[Segment]:
    """Runs of speech frames from `offset_s` on, cut at `end_s`."""
    intervals = clip(from_mask(np.array(is_speech, bool)) * frame_s + offset_s, offset_s, end_s)
    return [Segment(start, end) for start, end in intervals.tolist()]


def _of_file(
    file: Path,
    parse: Callable[[str], tuple[str, Segment] | None],
    file_id: str,
    path: Path,
    position: str,
) -> list[LabelledSegment]:
    """The segments in a file that a manifest names: all where it has one file id, else its own."""
    by_id: dict[str, list[LabelledSegment]] = {}
    for line, line_position in lines_of(file):
        try:
            parsed = parse(line)
        except VadError as error:
            raise VadError(f"{file}: {line_position}: {error}") from None
        if parsed:
            by_id.setdefault(parsed[0], []).append(parsed[1].at(path, position))
    if len(by_id) == 1:
        return next(iter(by_id.values()))
    if file_id not in by_id:
        ids = ", ".join(list(by_id)[:5]) or "no lines"
        raise VadError(f"{file}: no file id '{file_id}', found {ids}")
    return by_id[file_id]


def _cut(segments: list[LabelledSegment], start_s: float, end_s: float) -> list[LabelledSegment]:
    """`segments` cut to a stretch; one that is reversed stays as it is, to be reported."""
    cut = []
    for segment in segments:
        if segment.end_s < segment.start_s:
            cut.append(segment)
        elif segment.end_s > start_s and segment.start_s < end_s:
            first, last = max(segment.start_s, start_s), min(segment.end_s, end_s)
            cut.append(segment._replace(start_s=first, end_s=last))
    return cut
