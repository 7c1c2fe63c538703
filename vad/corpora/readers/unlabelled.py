"""Recordings without labels, which stage prepare labels with the teacher (vad.teacher).

They are trained on where the teacher is sure. They are no measure: labels of a model cannot show
where models are wrong, so all of them belong to the training split.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import field_validator

from vad.corpora.card import Splits
from vad.corpora.files import FileCard, OneOrMore, recording_name
from vad.corpora.recording import FileRecording, whole
from vad.corpora.splits import assigned
from vad.faults import Faults


class Card(FileCard):
    """Patterns over audio files."""

    role: Literal["speech"] = "speech"
    audio: OneOrMore
    split: Splits = Splits(train=1.0)
    # For recordings of the same kind as the labelled ones beside them, fitted on those.
    threshold: Literal["fixed", "fitted"] = "fixed"

    @field_validator("split")
    @classmethod
    def _training_alone(cls, split: Splits) -> Splits:
        if split.val or split.test:
            raise ValueError("expected training alone, {train: ...}: labels of a model measure it")
        return split


@dataclass(frozen=True, kw_only=True)
class UnlabelledRecording(FileRecording):
    """A recording whose `speech` and `annotated` mean nothing yet."""

    is_fitted: bool


def read(folder: Path, card: Card, faults: Faults) -> list[UnlabelledRecording]:
    """A recording for each file and channel."""
    names = {path: recording_name(folder, path) for path in card.matching(folder, "audio")}
    splits = assigned(folder, card, list(names.values()), faults)
    chosen = [path for path in names if names[path] in splits]
    recordings = []
    for path, header in card.headers(chosen, faults).items():
        for channel in card.channels(header):
            fields = card.fields_of(names[path], card.role, splits[names[path]]) or {}
            fields |= {"name": card.recording_name(names[path], channel)}
            recordings.append(
                UnlabelledRecording(
                    **fields,
                    duration_s=header.duration_s,
                    native_rate=header.sample_rate,
                    path=path,
                    channel=channel,
                    speech=np.zeros((0, 2)),
                    annotated=whole(header.duration_s),
                    is_fitted=card.threshold == "fitted",
                )
            )
    return recordings
