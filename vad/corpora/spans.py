"""Labels as files hold them, before and after they are checked against the audio."""

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from vad.corpora.card import CARD_NAME
from vad.corpora.numbers import natural
from vad.errors import VadError
from vad.faults import Faults
from vad.intervals import unite

# Formats of consecutive segments write times with three digits or more.
OVERLAP_TOLERANCE_S = 0.001
# Start plus duration is rounded in the last digits.
ROUNDING_S = 1e-6
# More than labels outlast their audio by mistake.
LARGEST_OVERHANG_S = 60.0
# So many lines of a file are named with their faults.
LISTED_REASONS = 5
COMMENTS = (";;", "#")
CHANNEL_LETTERS = "ABCDEFGH"

T = TypeVar("T")


class Segment(NamedTuple):
    """Start and end (s), the label between them and its channel, as a label file has them.

    The label is None where the format has no place for one: then it is speech.
    """

    start_s: float
    end_s: float
    label: str | None = None
    channel: int | None = None

    def at(self, file: Path, position: str) -> "LabelledSegment":
        """The segment as it stands at a `position` in a file."""
        return LabelledSegment(*self, file, position)


class LabelledSegment(NamedTuple):
    """A segment with the file and the position in it (a line, a row) where it stands."""

    start_s: float
    end_s: float
    label: str | None
    channel: int | None
    file: Path
    position: str


@dataclass
class Labels:
    """All labels of one recording, speech or not; without `annotated` all of it is annotated.

    `is_explicit` holds where a recording without speech is meant to be one.
    """

    segments: list[LabelledSegment] = field(default_factory=list)
    annotated: list[LabelledSegment] | None = None
    is_explicit: bool = False


def read_text(path: Path) -> str:
    """A label file's text with newlines as LF.

    UTF-8 or UTF-16 with a byte order mark, UTF-8 without, or else Latin-1. VadError when the file
    cannot be read, or holds zero bytes, as no text does.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise VadError(f"{path}: cannot be read ({error.strerror})") from error
    is_utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = data.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\0" if is_utf16 else data.decode("latin-1")
    if "\0" in text:
        raise VadError(f"{path}: not a text, expected UTF-8, UTF-16 with its mark, or Latin-1")
    return re.sub(r"\r\n?", "\n", text)


def lines_of(path: Path) -> Iterator[tuple[str, str]]:
    """Lines with content, each with its position; VadError as `read_text`.

    Lines that start with `;;` or `#`, indented or not, are comments, and `END` may be the last one.
    """
    for number, line in enumerate(read_text(path).split("\n"), 1):
        text = line.strip()
        if text and not text.startswith(COMMENTS) and text != "END":
            yield line, f"line {number}"


def parse_lines(
    lines: Iterable[tuple[str, str]], parse: Callable[[str], T], path: Path, faults: Faults
) -> list[tuple[T, str]]:
    """What `parse` makes of each line, with its position; each line where it raises is a fault.

    Where no line can be read, the file is of another format: that is one fault. Of many lines, the
    first few are faults of their own.
    """
    reasons: list[tuple[str, str]] = []
    parsed: list[tuple[T, str]] = []
    for line, position in lines:
        try:
            parsed.append((parse(line), position))
        except VadError as error:
            reasons.append((position, str(error)))
    if len(reasons) > 1 and not parsed:
        position, reason = reasons[0]
        faults.add(path, f"{position}: {reason} (none of its {len(reasons)} lines can be read)")
    else:
        report_some(path, [f"{position}: {reason}" for position, reason in reasons], faults)
    return parsed


def report_some(path: Path, reasons: Sequence[str], faults: Faults) -> None:
    """The first of `reasons` as faults of a file, and one for how many more there are."""
    for reason in reasons[:LISTED_REASONS]:
        faults.add(path, reason)
    if more := reasons[LISTED_REASONS:]:
        faults.add(path, f"and {len(more)} more of its lines have a fault")


def segments_in_lines(
    path: Path, parse: Callable[[str], Segment | None], faults: Faults
) -> list[LabelledSegment]:
    """The segment in each line; None is passed over."""
    with faults.gathered(path):
        parsed = parse_lines(lines_of(path), parse, path, faults)
        return [segment.at(path, position) for segment, position in parsed if segment]
    return []


def channel_number(text: str) -> int | None:
    """The channel of a line, as it counts them: 1 and A are the first; None for `NA` and others."""
    number = natural(text)
    if number is not None:
        return number
    return CHANNEL_LETTERS.find(text) + 1 or None if len(text) == 1 else None


def segments_in_text(
    path: Path, parse: Callable[[str], Iterable[Segment]], unit: str, faults: Faults
) -> list[LabelledSegment]:
    """The segments that `parse` finds in a file's text, at "`unit` 1" and so on.

    Where it raises VadError, the file is a fault.
    """
    with faults.gathered(path):
        segments = parse(read_text(path))
        return [segment.at(path, f"{unit} {n}") for n, segment in enumerate(segments, 1)]
    return []


def without_overlap(segments: list[LabelledSegment], faults: Faults) -> list[LabelledSegment]:
    """`segments` as they are; one that starts before the one above it ends is a fault."""
    for above, segment in itertools.pairwise(segments):
        if segment.start_s < above.end_s - OVERLAP_TOLERANCE_S:
            reason = f"starts at {segment.start_s:g} s before the one above ends, {above.end_s:g} s"
            faults.add(segment.file, f"{segment.position}: {reason}")
    return segments


def intervals_within(
    segments: Iterable[LabelledSegment],
    audio: Path,
    duration_s: float,
    overhang_s: float,
    faults: Faults,
) -> np.ndarray:
    """The union of `segments`, float64 [intervals, 2], cut to the length of `audio`.

    One that is not a number, ends before it starts, or is outside the audio by more than
    `overhang_s` is a fault of the file that contains it. Of several outside, the farthest is named.
    """
    pairs = []
    outside: dict[Path, list[LabelledSegment]] = defaultdict(list)
    for segment in segments:
        if reason := reason_against(segment):
            faults.add(segment.file, f"{segment.position}: {reason}")
        elif _outside_s(segment, duration_s) > overhang_s + ROUNDING_S:
            outside[segment.file].append(segment)
        else:
            pairs.append((max(segment.start_s, 0.0), min(segment.end_s, duration_s)))
    for file, own in outside.items():
        farthest = max(own, key=lambda segment: _outside_s(segment, duration_s))
        more = f" (and {len(own) - 1} more outside)" if len(own) > 1 else ""
        reason = _reason_outside(farthest, audio, duration_s)
        faults.add(file, f"{farthest.position}: {reason}{more}")
    return unite(pairs)


def _outside_s(segment: LabelledSegment, duration_s: float) -> float:
    return max(-segment.start_s, segment.end_s - duration_s)


def reason_against(segment: LabelledSegment) -> str | None:
    """Why the times of a segment make no sense; None where they do."""
    start_s, end_s = segment.start_s, segment.end_s
    if not (math.isfinite(start_s) and math.isfinite(end_s)):
        return f"from {start_s} to {end_s} s, expected finite numbers"
    if end_s < start_s:
        return f"ends at {end_s:g} s before it starts at {start_s:g} s"
    return None


def _reason_outside(segment: LabelledSegment, audio: Path, duration_s: float) -> str:
    outside_s = _outside_s(segment, duration_s)
    reason = (
        f"from {segment.start_s:g} to {segment.end_s:g} s, expected within {audio}, 0 to "
        f"{duration_s:g} s"
    )
    if segment.start_s > duration_s or outside_s > LARGEST_OVERHANG_S:
        return f"{reason}: are the times seconds, and of this recording?"
    key = f"label_overhang_s: {math.ceil(1000 * (outside_s - ROUNDING_S)) / 1000:g}"
    return f"{reason}: '{key}' in {CARD_NAME} would cut off the {outside_s:.3g} s"
