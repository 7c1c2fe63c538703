"""The corpus card, `corpus.yaml`: the keys that every reader shares, and the splits."""

import fnmatch
import re
import unicodedata
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, model_validator

from vad.errors import VadError
from vad.randomness import digest
from vad.schema import Schema

CARD_NAME = "corpus.yaml"

Role = Literal["speech", "noise", "rir", "rehearsal"]
Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")

# The corpus that stage prepare adds, and the role of what is in it.
REHEARSAL: Literal["rehearsal"] = "rehearsal"

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


def check_one_group(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """The pattern, where it has one group; ValueError where it has not."""
    if pattern.groups != 1:
        raise ValueError("expected one group, in round brackets, that is what to find")
    return pattern


Pattern = Annotated[re.Pattern[str], BeforeValidator(_compiled), AfterValidator(check_one_group)]
Part = Annotated[float | tuple[str, ...], PlainValidator(_check_part)]


class Splits(Schema):
    """Shares of the recordings, or shell patterns over their names, for each split.

    In a pattern `*` stands for anything, `/` too. Of shares, train is the rest; val and test get at
    least so many recordings (speakers, where the card finds some) as long as there are enough.
    """

    train: Part | None = None
    val: Part | None = None
    test: Part | None = None
    val_least: Annotated[int, Field(ge=1)] = 3
    test_least: Annotated[int, Field(ge=1)] = 5

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

    def quotas(self, count: int) -> dict[Split, int]:
        """How many of `count` recordings or speakers go to val and test.

        Of few, at most a third each for test and a fifth for val; of three, one for each split.
        """
        quotas: dict[Split, int] = {"val": 0, "test": 0}
        leasts: tuple[tuple[Split, int, int], ...] = (
            ("val", self.val_least, 5),
            ("test", self.test_least, 3),
        )
        for split, least, part in leasts:
            if share := self.shares.get(split, 0.0):
                quotas[split] = max(round(share * count), min(least, max(count // part, 1)))
        is_training = sum(self.shares.get(split, 0.0) for split in quotas) < 1 - SHARE_TOLERANCE
        if is_training and sum(quotas.values()) >= count:
            quotas["val"] = min(quotas["val"], max(count - 1, 0))
            quotas["test"] = min(quotas["test"], max(count - quotas["val"] - 1, 0))
        return quotas

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
    # How finely the labels were set; it is shown in reports only.
    label_resolution_ms: Annotated[float, Field(gt=0)] | None = None

    def fields_of(
        self, recording: str, role: Role, split: Split | None = None
    ) -> dict[str, Any] | None:
        """What the card holds for a recording: the first fields of `Recording`.

        Without `split` the patterns or a hash of the name decide; None when the patterns leave it
        out. Noise and rooms have no speaker.
        """
        speaker = self.speaker_of(recording) if role == "speech" else None
        split = split or self._split_of(recording, speaker)
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

    def speaker_of(self, recording: str) -> str | None:
        """Who speaks, by the pattern in the card; VadError where it does not match."""
        if self.speaker is None:
            return None
        match = self.speaker.search(recording)
        if match is None or not match[1]:
            raise VadError(
                f"corpus '{self.name}': no speaker in the name '{recording}', "
                f"expected a match of 'speaker', {self.speaker.pattern}"
            )
        return match[1]

    def is_in_a_split(self, recording: str) -> bool:
        """Whether the patterns of the card, where it has some, take a recording."""
        return bool(self.split.shares) or self.split_by_pattern(recording) is not None

    def split_by_pattern(self, recording: str) -> Split | None:
        """The one split with a pattern that matches a name, None without one; VadError for two."""
        matching = [
            split
            for split, patterns in self.split.patterns.items()
            if any(matches(recording, pattern) for pattern in patterns)
        ]
        if len(matching) > 1:
            raise VadError(
                f"corpus '{self.name}': recording '{recording}' matches the patterns "
                f"of {' and '.join(matching)}, expected those of one split"
            )
        return matching[0] if matching else None

    def _split_of(self, recording: str, speaker: str | None) -> Split | None:
        """By hash, a speaker's recordings stay together."""
        shares = self.split.shares
        if not shares:
            return self.split_by_pattern(recording)
        position = digest(self.name, speaker or recording) / 2**256
        if position < shares.get("test", 0):
            return "test"
        val_end = shares.get("test", 0) + shares.get("val", 0)
        return "val" if position < val_end else "train"


def matches(name: str, pattern: str) -> bool:
    """Whether a shell pattern matches, or is the name itself, brackets and all."""
    pattern = unicodedata.normalize("NFC", pattern)
    return name == pattern or fnmatch.fnmatchcase(name, pattern)
