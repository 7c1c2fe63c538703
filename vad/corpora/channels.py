"""Which labels belong to the channel that a card reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vad.corpora.audio import Header
from vad.corpora.card import CARD_NAME
from vad.corpora.spans import LabelledSegment
from vad.errors import VadError


@dataclass(frozen=True)
class Channels:
    """The channels in the labels of a corpus, as their lines count them."""

    numbers: frozenset[int] = frozenset()
    base: int = 1

    @classmethod
    def of(cls, groups: Iterable[Sequence[LabelledSegment]]) -> "Channels":
        numbers = frozenset(s.channel for group in groups for s in group if s.channel is not None)
        return cls(numbers, 0 if 0 in numbers else 1)

    def of_one(
        self, segments: Sequence[LabelledSegment], channel: int | None, header: Header
    ) -> list[LabelledSegment]:
        """The segments of `channel` (from 0) of a file; VadError where that is not clear."""
        own = {s.channel for s in segments} - {None}
        if channel is None or not own:
            return list(segments)
        if header.channel_count == 1:
            if len(own) > 1:
                raise VadError(f"labels of channels {_listed(own)}, the audio has one: {ANY}")
            return list(segments)
        if len(self.numbers) == 1 and self.numbers != {channel + self.base}:
            raise VadError(
                f"all labels are of channel {_listed(own)}, the card reads channel {channel} "
                f"(from 0): {ANY}"
            )
        return [s for s in segments if s.channel in (None, channel + self.base)]


def by_channel(segments: Sequence[LabelledSegment]) -> list[list[LabelledSegment]]:
    """The segments of each channel, those without one among each of them."""
    numbers = {s.channel for s in segments} - {None} or {None}
    return [
        [s for s in segments if s.channel in (None, number)] for number in sorted(numbers, key=str)
    ]


ANY = f"'label_channel: any' in {CARD_NAME} takes all of them"


def _listed(numbers: Iterable[int | None]) -> str:
    return ", ".join(map(str, sorted(n for n in numbers if n is not None)))
