"""TextGrids of Praat, long, short or JSON: intervals of one tier or several.

https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html: of the text only free-standing
numbers, quoted texts and `<flags>` count, everything else is skipped: long and short files are read
alike. A tier covers its whole length, so audio outside it is not annotated.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from vad.corpora.classes import LabelKind, Pattern
from vad.corpora.files import OneOrMore
from vad.corpora.meanings import normalised
from vad.corpora.numbers import NUMBER, seconds, seconds_of
from vad.corpora.readers.jsonl import parse_json
from vad.corpora.recording import FileRecording
from vad.corpora.sidecar import SidecarCard, read_sidecars
from vad.corpora.spans import (
    LabelledSegment,
    Labels,
    Segment,
    read_text,
    without_overlap,
)
from vad.errors import VadError
from vad.faults import Faults

INTERVALS, POINTS = "IntervalTier", "TextTier"
# The class that is noted for tiers of one name, which a card cannot distinguish.
DOUBLE = "double"
BINARY = b"ooBinaryFile"
# A quoted text, in which "" is a quote; a comment; a flag; a number with space around it.
TOKEN = re.compile(
    rf'"((?:[^"]|"")*)"|![^\n]*|(?<!\S)(<[^<>\s]*>)(?!\S)|(?<!\S)({NUMBER}%?)(?!\S)|\S'
)
TOLERANCE_S = 0.001


class Tier(NamedTuple):
    """A tier: its class, bounds (s) and, where it has intervals, those in order."""

    kind: str
    start_s: float
    end_s: float
    segments: list[Segment]


class Card(SidecarCard):
    """The tier, or a list of them: names, or patterns that match at least one tier."""

    label_kind: ClassVar[LabelKind] = "words"

    tier: OneOrMore


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each audio file with its TextGrid."""

    def parse(path: Path, faults: Faults) -> Labels:
        labels = Labels([], [])
        with faults.gathered(path):
            tiers = chosen_tiers(read_tiers(text_of(path)), card.tier)
            for name, tier in tiers.items():
                own = [
                    segment.at(path, f"tier '{name}', interval {number}")
                    for number, segment in enumerate(tier.segments, 1)
                ]
                labels.segments += within(without_overlap(own, faults), tier)
            start_s = max(tier.start_s for tier in tiers.values())
            end_s = min(tier.end_s for tier in tiers.values())
            labels.annotated = [Segment(start_s, end_s).at(path, f"tiers {', '.join(tiers)}")]
        return labels

    return read_sidecars(folder, card, parse, faults)


def text_of(path: Path) -> str:
    """The text of a TextGrid; VadError where Praat wrote it in its binary form."""
    with path.open("rb") as file:
        if file.read(len(BINARY)) == BINARY:
            raise VadError("a binary TextGrid, expected one from Praat's 'Save as text file'")
    return read_text(path)


def within(segments: list[LabelledSegment], tier: Tier) -> list[LabelledSegment]:
    """`segments`; VadError where one is outside its tier."""
    for segment in segments:
        is_before = segment.start_s < tier.start_s - TOLERANCE_S
        if is_before or segment.end_s > tier.end_s + TOLERANCE_S:
            raise VadError(
                f"{segment.position}: from {segment.start_s:g} to {segment.end_s:g} s, expected "
                f"within its tier, {tier.start_s:g} to {tier.end_s:g} s"
            )
    return segments


def chosen_tiers(tiers: dict[str, Tier], wanted: tuple[str, ...]) -> dict[str, Tier]:
    """The interval tiers that names and patterns mean; VadError where one means none."""
    chosen: dict[str, Tier] = {}
    for text in wanted:
        is_pattern = "*" in text or "?" in text
        pattern = Pattern.of(text).expression
        names = [n for n in tiers if n == text or (is_pattern and pattern.fullmatch(normalised(n)))]
        if is_pattern:
            names = [name for name in names if tiers[name].kind != POINTS]
        if not names:
            listed = ", ".join(map(repr, tiers))
            raise VadError(
                f"no tier '{text}', expected one of {listed}; a pattern such as '*' takes the "
                "tiers that a file has"
            )
        for name in names:
            if tiers[name].kind == DOUBLE:
                raise VadError(f"two tiers of the name '{name}', expected one")
            if tiers[name].kind != INTERVALS:
                raise VadError(f"tier '{name}' holds points, expected intervals")
            chosen[name] = tiers[name]
    return chosen


def read_tiers(text: str) -> dict[str, Tier]:
    """The tiers of a TextGrid by their names; VadError where it is damaged or cut."""
    if text.lstrip().startswith("{"):
        tiers = _tiers_in_json(parse_json(text))
    else:
        tiers = _tiers_in_text(text)
    by_name = dict(tiers)
    counts = Counter(name for name, tier in tiers if tier.kind != POINTS)
    for name in by_name:
        if counts[name] > 1:
            by_name[name] = Tier(DOUBLE, 0, 0, [])
    return by_name


class Tokens:
    """Texts, flags and numbers of a TextGrid, one after the other."""

    def __init__(self, text: str) -> None:
        self.tokens = self._of(text)

    @staticmethod
    def _of(text: str) -> Iterator[str | float]:
        """Texts and flags as `"text` and `<flag>`, numbers as float."""
        for match in TOKEN.finditer(text):
            quoted, flag, number = match.groups()
            if quoted is not None:
                yield '"' + quoted.replace('""', '"')
            elif flag is not None:
                yield flag
            elif number is not None:
                yield seconds(number.rstrip("%"))

    def number(self, what: str) -> float:
        token = next(self.tokens, None)
        if not isinstance(token, float):
            raise self._unexpected(token, f"a number, {what}")
        return token

    def count(self, what: str) -> int:
        number = self.number(what)
        if number != int(number) or number < 0:
            raise VadError(f"cannot be read as a TextGrid: {what} is {number:g}")
        return int(number)

    def text(self, what: str) -> str:
        token = next(self.tokens, None)
        if not isinstance(token, str) or not token.startswith('"'):
            raise self._unexpected(token, f"a text, {what}")
        return token[1:]

    def flag(self) -> str:
        token = next(self.tokens, None)
        if not isinstance(token, str) or not token.startswith("<"):
            raise self._unexpected(token, "<exists>")
        return token

    @staticmethod
    def _unexpected(token: str | float | None, expected: str) -> VadError:
        if token is None:
            return VadError(f"cannot be read as a TextGrid: it ends early, expected {expected}")
        shown = token if isinstance(token, float) else token[:40]
        return VadError(f"cannot be read as a TextGrid: {shown!r}, expected {expected}")


def _tiers_in_text(text: str) -> list[tuple[str, Tier]]:
    tokens = Tokens(text)
    head = tokens.text("ooTextFile"), tokens.text("TextGrid")
    if head != ("ooTextFile", "TextGrid"):
        raise VadError(f"cannot be read as a TextGrid: its head is {' '.join(head)[:60]}")
    tokens.number("xmin")
    tokens.number("xmax")
    if tokens.flag() != "<exists>":
        return []
    tiers = [_tier(tokens) for _ in range(tokens.count("number of tiers"))]
    rest = sum(isinstance(token, float) for token in tokens.tokens)
    if rest:
        raise VadError(f"cannot be read as a TextGrid: {rest} numbers follow its last interval")
    return tiers


def _tier(tokens: Tokens) -> tuple[str, Tier]:
    kind, name = tokens.text("class of a tier"), tokens.text("name of a tier")
    start_s, end_s = tokens.number("xmin"), tokens.number("xmax")
    count = tokens.count(f"size of tier '{name}'")
    position = f"tier '{name}', {count} entries"
    if kind == POINTS:
        for _ in range(count):
            tokens.number(position)
            tokens.text(position)
        return name, Tier(kind, start_s, end_s, [])
    if kind != INTERVALS:
        raise VadError(f"cannot be read as a TextGrid: a tier of class '{kind[:40]}'")
    segments = [
        Segment(tokens.number(position), tokens.number(position), tokens.text(position))
        for _ in range(count)
    ]
    return name, Tier(kind, start_s, end_s, segments)


def _tiers_in_json(values: Any) -> list[tuple[str, Tier]]:  # noqa: ANN401 (whatever JSON holds)
    """The tiers of a TextGrid as praatIO writes it in JSON."""
    try:
        return [
            (
                str(tier["name"]),
                Tier(
                    str(tier["class"]),
                    seconds_of(tier["xmin"], "xmin"),
                    seconds_of(tier["xmax"], "xmax"),
                    [
                        Segment(
                            seconds_of(start, "entries"), seconds_of(end, "entries"), str(label)
                        )
                        for start, end, label in tier["entries"]
                    ]
                    if tier["class"] == INTERVALS
                    else [],
                ),
            )
            for tier in values["tiers"]
        ]
    except (LookupError, TypeError, ValueError, OverflowError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise VadError(f"cannot be read as a TextGrid ({reason[:80]})") from None
