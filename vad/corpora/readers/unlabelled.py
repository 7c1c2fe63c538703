"""Recordings without labels, which stage prepare labels with the teacher (vad.teacher).

They are trained on where the teacher is sure. They are not scored: labels of a model cannot show
where models are wrong, so all of them belong to the training split.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import field_validator

from vad.corpora.card import Splits
from vad.corpora.files import FileCard, OneOrMore
from vad.corpora.readers.folder import fields_of_files
from vad.corpora.recording import FileRecording
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
    is_fitted = card.threshold == "fitted"
    files = fields_of_files(folder, card, card.role, faults)
    return [UnlabelledRecording(**fields, is_fitted=is_fitted) for fields in files]
