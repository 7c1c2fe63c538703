"""Corpora: folders under data/raw/, each with a card that says how to read it.

A card's `reader` names a module of this package. That module has a `Card` with its own keys and a
function `read(folder, card)` that lists the recordings; adding a corpus touches no code.
"""

import fnmatch
import hashlib
import importlib
import pkgutil
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pydantic
from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML, YAMLError

from vad.errors import VadError

CARD_NAME = "corpus.yaml"
SPLITS = ("train", "val", "test")

Role = Literal["speech", "noise", "rir"]
Split = Literal["train", "val", "test"]
Share = Annotated[float, Field(gt=0, lt=1)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SplitByHash(Strict):
    """Shares of the recordings (of the speakers, where they are known); the rest is train."""

    val: Share = 0.1
    test: Share = 0.1


class SplitByName(Strict):
    """A shell pattern over recording names for each split; `**` and `/` are not special."""

    train: str | None = None
    val: str | None = None
    test: str | None = None


class BaseCard(Strict):
    """The keys that every card has; a reader adds its own."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")]
    reader: str
    role: Role = "speech"
    licence: str
    citation: str
    split: SplitByHash | SplitByName = SplitByHash()
    # A regular expression with one group that finds the speaker in a recording's name.
    speaker: re.Pattern[str] | None = None

    def speaker_of(self, recording: str) -> str | None:
        if self.speaker is None:
            return None
        match = self.speaker.search(recording)
        if match is None or not match.groups():
            raise VadError(f"corpus '{self.name}': speaker pattern finds none in '{recording}'")
        return match[1]

    def split_of(self, recording: str) -> Split | None:
        """The split of a recording, None when the card's patterns leave it out."""
        if isinstance(self.split, SplitByHash):
            return self.split_by_hash(self.split, self.speaker_of(recording) or recording)
        for split in SPLITS:
            pattern = getattr(self.split, split)
            if pattern is not None and fnmatch.fnmatchcase(recording, pattern):
                return split
        return None

    def split_by_hash(self, shares: SplitByHash, unit: str) -> Split:
        digest = hashlib.sha256(f"{self.name}/{unit}".encode()).digest()
        place = int.from_bytes(digest[:8]) / 2**64
        if place < shares.test:
            return "test"
        return "val" if place < shares.test + shares.val else "train"


@dataclass(frozen=True)
class LabelledAudio:
    """Audio and what is known of it: intervals in seconds, [intervals, 2], disjoint, sorted."""

    samples: np.ndarray
    speech: np.ndarray
    annotated: np.ndarray


@dataclass(frozen=True)
class Recording:
    """One recording of a corpus; its audio is read only when asked for."""

    corpus: str
    name: str
    role: Role
    split: Split
    speaker: str | None = field(default=None, kw_only=True)

    @property
    def duration_s(self) -> float:
        raise NotImplementedError

    def load(self, sample_rate: int) -> LabelledAudio:
        """Mono float32 samples at `sample_rate` (Hz) with their labels."""
        raise NotImplementedError


def read_corpora(root: Path, names: tuple[str, ...] | None) -> list[Recording]:
    """The recordings of the corpora under `root`, all of them or those in `names`, sorted."""
    folders = {path.parent.name: path.parent for path in sorted(root.glob(f"*/{CARD_NAME}"))}
    if not folders:
        raise VadError(f"{root}: no corpus, expected a folder with a {CARD_NAME}")
    for name in names or ():
        if name not in folders:
            raise VadError(
                f"{root}: no corpus '{name}' (prepare.corpora), found {', '.join(folders)}"
            )
    recordings = [r for name in names or folders for r in read_corpus(folders[name])]
    return sorted(recordings, key=lambda r: (r.corpus, r.name))


def read_corpus(folder: Path) -> list[Recording]:
    """The recordings of one corpus; VadError names the file and the fault."""
    card = load_card(folder / CARD_NAME)
    recordings: list[Recording] = _reader(card.reader, folder / CARD_NAME).read(folder, card)
    if not recordings:
        raise VadError(f"{folder}: no recordings, check audio and split in its {CARD_NAME}")
    return recordings
