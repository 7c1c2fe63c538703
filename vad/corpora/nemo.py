"""JSON-lines manifests of NVIDIA NeMo, labelled by frames or by RTTM files.

https://docs.nvidia.com/nemo-framework/user-guide/latest/nemotoolkit/asr/speech_classification/
datasets.html and scripts/speaker_tasks/create_synth_vad_manifest.py of the toolkit: keys
`audio_filepath`, `offset`, `duration` and either `label`, a 0 or 1 for each frame ("0 0 1 1" or a
list) of `vad_frame_unit_secs`, or `rttm_filepath`. Lines of one audio file make one recording;
what they cover is annotated.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from vad.corpora.files import FileCard, OneOrMore
from vad.corpora.jsonl import parse_object
from vad.corpora.recording import FileRecording
from vad.corpora.rows import Row, number_in, recordings_in_rows, text_in
from vad.corpora.rttm import parse_turn
from vad.corpora.spans import LabelledSegment, Labels, Segment, lines_of
from vad.errors import VadError
from vad.faults import Faults
from vad.intervals import clip, from_mask


class Card(FileCard):
    """A pattern over manifests; relative paths in them start at the corpus folder."""

    role: Literal["speech"] = "speech"
    manifest: OneOrMore
    # The length of a frame where a line has no vad_frame_unit_secs.
    frame_ms: Annotated[float, Field(gt=0)] | None = None


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each audio file that has lines, all of them without a fault."""
    merged: dict[str, Row] = {}
    broken: set[str] = set()
    for path in card.matching(folder, "manifest"):
        for row in _rows(folder, card, path, broken, faults):
            known = merged.setdefault(row.audio_path, row)
            if known is not row:
                known.labels.speech += row.labels.speech
                known.labels.annotated = _both(known.labels.annotated, row.labels.annotated)
    whole = (row for row in merged.values() if row.audio_path not in broken)
    return recordings_in_rows(folder, card, whole, faults)


def _both(
    one: list[LabelledSegment] | None, other: list[LabelledSegment] | None
) -> list[LabelledSegment] | None:
    return None if one is None or other is None else one + other


def _rows(folder: Path, card: Card, path: Path, broken: set[str], faults: Faults) -> Iterator[Row]:
    with faults.gathered(path):
        for line, place in lines_of(path):
            values: dict[str, Any] = {}
            row = None
            with faults.gathered(path, place):
                values = parse_object(line)
                audio_path = text_in(values, "audio_filepath")
                row = Row(audio_path, _labels(folder, card, values, path, place), path, place)
            if row is not None:
                yield row
            else:
                broken.add(str(values.get("audio_filepath")))


def _labels(folder: Path, card: Card, values: dict[str, Any], path: Path, place: str) -> Labels:
    offset_s = number_in(values, "offset", 0.0) or 0.0
    duration_s = number_in(values, "duration", None)
    end_s = float("inf") if duration_s is None else offset_s + duration_s
    if values.get("label") is not None:
        frame_s = number_in(values, "vad_frame_unit_secs", card.frame_ms and card.frame_ms / 1000)
        if not frame_s or not frame_s > 0:
            raise VadError("no length of frames, expected 'vad_frame_unit_secs' or 'frame_ms'")
        frames = frames_in(values["label"])
        # A tail that has no frames is not annotated.
        end_s = min(end_s, offset_s + len(frames) * frame_s)
        segments = runs(frames, frame_s, offset_s, end_s)
    else:
        rttm = card.inside(folder, text_in(values, "rttm_filepath"))
        segments = list(_turns(rttm, Path(values["audio_filepath"]).stem, offset_s, end_s))
    speech = [LabelledSegment(*segment, path, place) for segment in segments]
    if duration_s is None and not offset_s and values.get("label") is None:
        return Labels(speech)
    return Labels(speech, [LabelledSegment(offset_s, end_s, "", path, place)])


def frames_in(label: object) -> list[bool]:
    """Which frames are speech, of "0 0 1 1" or [0, 0, 1, 1]; VadError for anything else."""
    frames = label.split() if isinstance(label, str) else label
    if not isinstance(frames, list) or not all(str(frame) in ("0", "1") for frame in frames):
        raise VadError(f"'label' is {json.dumps(label)[:80]}, expected a 0 or 1 for each frame")
    return [str(frame) == "1" for frame in frames]


def runs(is_speech: list[bool], frame_s: float, offset_s: float, end_s: float) -> list[Segment]:
    """Runs of speech frames from `offset_s` on, cut at `end_s`."""
    intervals = clip(from_mask(np.array(is_speech, bool)) * frame_s + offset_s, offset_s, end_s)
    return [Segment(start, end) for start, end in intervals.tolist()]


def _turns(rttm: Path, file_id: str, start_s: float, end_s: float) -> Iterator[Segment]:
    """The turns in an RTTM file that speak of `file_id`, cut to a stretch."""
    for line, place in lines_of(rttm, ";;"):
        try:
            parsed = parse_turn(line)
        except VadError as error:
            raise VadError(f"{rttm}: {place}: {error}") from None
        if parsed and parsed[0] == file_id:
            turn = parsed[1]
            # A turn that is reversed stays as it is, to be reported; others are cut.
            if turn.end_s < turn.start_s:
                yield turn
            elif turn.end_s > start_s and turn.start_s < end_s:
                yield Segment(max(turn.start_s, start_s), min(turn.end_s, end_s))
