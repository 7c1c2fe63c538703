"""The corpus card, `corpus.yaml`: the keys that every reader shares, and the splits."""

import fnmatch
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, model_validator

from vad.errors import VadError
from vad.randomness import digest
from vad.schema import Schema

CARD_NAME = "corpus.yaml"

Role = Literal["speech", "noise", "rir", "rehearsal"]
Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")

SHARE_TOLERANCE = 1e-6


def _check_part(value: object) -> float | tuple[str, ...]:
    if isinstance(value, str) and value:
        return (value,)
    if isinstance(value, list) and value and all(isinstance(v, str) and v for v in value):
        return tuple(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    raise ValueError("expected a share from 0 to 1, or patterns over recording names")


def _compiled(pattern: Any) -> Any:  # noqa: ANN401 (whatever YAML holds)
    if not isinstance(pattern, str):
        return pattern
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"expected a regular expression ({error})") from None


def _check_speaker(pattern: re.Pattern[str]) -> re.Pattern[str]:
    if pattern.groups != 1:
        raise ValueError("expected one group, in round brackets, that is the speaker")
    return pattern


Pattern = Annotated[re.Pattern[str], BeforeValidator(_compiled), AfterValidator(_check_speaker)]
Part = Annotated[float | tuple[str, ...], PlainValidator(_check_part)]


class Splits(Schema):
    """Shares of the recordings, or shell patterns over their names, for each split.

    In a pattern `*` stands for anything, `/` too. Of shares, train is the rest.
    """

    train: Part | None = None
    val: Part | None = None
    test: Part | None = None

    @property
    def patterns(self) -> dict[Split, tuple[str, ...]]:
        """The patterns of each split that has some; empty where shares decide."""
        parts = {split: getattr(self, split) for split in SPLITS}
        return {split: part for split, part in parts.items() if isinstance(part, tuple)}

    @property
    def shares(self) -> dict[Split, float]:
        """The share of each split that has one; empty where patterns decide."""
        parts = {split: getattr(self, split) for split in SPLITS}
        return {split: part for split, part in parts.items() if isinstance(part, float)}

    @model_validator(mode="after")
    def _check(self) -> "Splits":
        if bool(self.patterns) == bool(self.shares):
            raise ValueError("expected shares for val and test, or patterns for each split")
        total = sum(self.shares.values())
        is_short = "train" in self.shares and total < 1 - SHARE_TOLERANCE
        if total > 1 + SHARE_TOLERANCE or is_short:
            raise ValueError("expected shares that add up to 1; train may be left out")
        return self


class BaseCard(Schema):
    """The keys that every card has; a reader adds its own."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    reader: str
    licence: Annotated[str, Field(min_length=1)]
    citation: Annotated[str, Field(min_length=1)]
    split: Splits = Splits(val=0.1, test=0.1)
    speaker: Pattern | None = None
    # How finely the labels were set; it is told, and changes nothing.
    label_resolution_ms: Annotated[float, Field(gt=0)] | None = None

    def place(self, recording: str, role: Role) -> dict[str, Any] | None:
        """What the card says of a recording: the first fields of `Recording`.

        None when the patterns of the card leave it out. Noise and rooms have no speaker.
        """
        speaker = self._speaker_of(recording) if role == "speech" else None
        split = self._split_of(recording, speaker)
        if split is None:
            return None
        return {
            "corpus": self.name,
            "name": recording,
            "role": role,
            "split": split,
            "licence": self.licence,
            "speaker": speaker,
            "label_resolution_ms": self.label_resolution_ms,
        }

    def _speaker_of(self, recording: str) -> str | None:
        if self.speaker is None:
            return None
        match = self.speaker.search(recording)
        if match is None or not match[1]:
            raise VadError(
                f"corpus '{self.name}': no speaker in the name '{recording}', "
                f"expected a match of 'speaker', {self.speaker.pattern}"
            )
        return match[1]

    def _split_of(self, recording: str, speaker: str | None) -> Split | None:
        """By hash, a speaker's recordings stay together."""
        if shares := self.split.shares:
            place = digest(self.name, speaker or recording) / 2**256
            if place < shares.get("test", 0):
                return "test"
            val_end = shares.get("test", 0) + shares.get("val", 0)
            return "val" if place < val_end else "train"
        found = [
            split
            for split, patterns in self.split.patterns.items()
            if any(fnmatch.fnmatchcase(recording, pattern) for pattern in patterns)
        ]
        if len(found) > 1:
            raise VadError(
                f"corpus '{self.name}': recording '{recording}' matches the patterns "
                f"of {' and '.join(found)}, expected those of one split"
            )
        return found[0] if found else None
