"""Clips that are speech from their first sample to their last, joined to recordings with gaps.

For corpora of commands, digits or read sentences, such as Speech Commands (P. Warden, 2018,
arXiv:1804.03209). A clip alone holds no silence to learn from, so clips of one split, and of one
speaker where the card finds speakers, follow each other with silence of a drawn length before
each. Labels are exact: the clips as they are. Every draw comes from a hash of the card's seed.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from vad.corpora.audio import read_audio
from vad.corpora.files import FileCard, OneOrMore, recording_name
from vad.corpora.recording import (
    LabelledAudio,
    LabelRule,
    Recording,
    as_labelled,
    in_blocks,
)
from vad.corpora.splits import assigned
from vad.errors import VadError
from vad.faults import Faults
from vad.intervals import unite
from vad.randomness import generator

# The level of each clip with `equal_level`: that of speech in ITU-T P.56 practice, -26 dBFS.
LEVEL = 10 ** (-26 / 20)
PEAK = 0.98


class Card(FileCard):
    """How long the recordings become (s), and the gaps before each clip and after the last."""

    role: Literal["speech"] = "speech"
    audio: OneOrMore
    channel: Annotated[int, Field(ge=0)] | None = None
    seconds: Annotated[float, Field(ge=1, le=3600)] = 30
    gap_min_s: Annotated[float, Field(ge=0)] = 0.3
    gap_max_s: Annotated[float, Field(gt=0, le=60)] = 2.0
    seed: int
    # Clips of one root mean square, in place of the levels that they came with.
    equal_level: bool = False

    @model_validator(mode="after")
    def _check_gaps(self) -> "Card":
        if self.gap_min_s > self.gap_max_s:
            raise ValueError(
                f"gap_min_s is {self.gap_min_s:g}, expected at most gap_max_s, {self.gap_max_s:g}"
            )
        return self


@dataclass(frozen=True, kw_only=True)
class JoinedRecording(Recording):
    """Clips one after the other, `gaps_s` [clips + 1] of silence around them."""

    clips: tuple[Path, ...]
    gaps_s: tuple[float, ...]
    channel: int | None
    equal_level: bool

    def blocks(self, sample_rate: int, rule: LabelRule = as_labelled) -> Iterator[LabelledAudio]:
        """The clips and gaps; VadError when a clip cannot be read or is silent."""
        pieces: list[np.ndarray] = []
        pairs = []
        position = 0
        for path, gap_s in zip((*self.clips, None), self.gaps_s, strict=True):
            pieces.append(np.zeros(round(gap_s * sample_rate), np.float32))
            position += len(pieces[-1])
            if path is not None:
                pieces.append(self._clip(path, sample_rate))
                pairs.append((position / sample_rate, (position + len(pieces[-1])) / sample_rate))
                position += len(pieces[-1])
        audio = LabelledAudio(
            np.concatenate(pieces), unite(pairs), np.array([[0.0, position / sample_rate]])
        )
        yield from in_blocks(audio, sample_rate, rule)

    def _clip(self, path: Path, sample_rate: int) -> np.ndarray:
        samples = read_audio(path, sample_rate, self.channel)
        if not samples.any():
            raise VadError(f"{path}: digital silence, expected speech")
        if not self.equal_level:
            return samples
        gain = LEVEL / np.sqrt(np.mean(np.square(samples, dtype=np.float64)))
        return (samples * min(gain, PEAK / np.abs(samples).max())).astype(np.float32)


def read(folder: Path, card: Card, faults: Faults) -> list[Recording]:
    """Recordings called `<split>/<speaker>/<number>`, of `seconds` or what a last one has left."""
    names = {path: recording_name(folder, path) for path in card.matching(folder, "audio")}
    splits = assigned(folder, card, list(names.values()), faults)
    headers = card.headers((path for path in names if names[path] in splits), faults)
    fields: dict[tuple[str, str], dict[str, Any]] = {}
    groups: dict[tuple[str, str], list[tuple[Path, float]]] = defaultdict(list)
    for path, header in headers.items():
        own = card.fields_of(names[path], card.role, splits[names[path]]) or {}
        key = own["split"], own["speaker"] or "clips"
        fields.setdefault(key, own)
        groups[key].append((path, header.duration_s))
    return [
        recording
        for key, clips in sorted(groups.items())
        for recording in _join(card, fields[key], "/".join(key), clips)
    ]


def _join(
    card: Card, fields: dict[str, Any], prefix: str, clips: list[tuple[Path, float]]
) -> Iterator[JoinedRecording]:
    """Recordings of `clips` and their lengths (s), in a drawn order."""
    draw = generator(card.seed, card.name, prefix)
    waiting = [clips[index] for index in draw.permutation(len(clips))]
    number = 0
    while waiting:
        taken, gaps_s, length_s = 0, [draw.uniform(card.gap_min_s, card.gap_max_s)], 0.0
        while taken < len(waiting) and (not taken or length_s < card.seconds):
            length_s += gaps_s[-1] + waiting[taken][1]
            gaps_s.append(draw.uniform(card.gap_min_s, card.gap_max_s))
            taken += 1
        yield JoinedRecording(
            **{**fields, "name": f"{prefix}/{number:04d}"},
            duration_s=length_s + gaps_s[-1],
            clips=tuple(path for path, _ in waiting[:taken]),
            gaps_s=tuple(gaps_s),
            channel=card.channel,
            equal_level=card.equal_level,
        )
        waiting, number = waiting[taken:], number + 1
