"""What label files say, before and after it is checked against the audio."""

import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vad.errors import VadError
from vad.faults import Faults
from vad.intervals import unite

# Label tools round, and lossy codecs pad: a label may end this much outside its file.
EDGE_TOLERANCE_S = 0.05
# Formats whose segments follow each other write times with three digits or more.
OVERLAP_TOLERANCE_S = 0.001
# What aligners and transcribers write where nobody speaks: Praat, Kaldi, HTK, Festival.
SILENCE = ("", "sil", "SIL", "sp", "pau", "silence", "<sil>", "<eps>")


class Segment(NamedTuple):
    """Start and end (s) and the label between them, as a label file says."""

    start_s: float
    end_s: float
    label: str = ""


class LabelledSegment(NamedTuple):
    """A segment with the file and the place in it (a line, a row) that says so."""

    start_s: float
    end_s: float
    label: str
    file: Path
    place: str


@dataclass
class Labels:
    """All that label files say of one recording; without `annotated` all of it is."""

    speech: list[LabelledSegment] = field(default_factory=list)
    annotated: list[LabelledSegment] | None = None


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


def lines_of(path: Path, comment: str = "") -> Iterator[tuple[str, str]]:
    """Lines that say something, each with its place; VadError as `read_text`."""
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if line.strip() and not (comment and line.startswith(comment)):
            yield line, f"line {number}"


def spans_in_lines(
    path: Path, parse: Callable[[str], Segment | None], faults: Faults
) -> list[LabelledSegment]:
    """The span that `parse` finds in each line; each line where it raises VadError is a fault."""
    spans = []
    with faults.gathered(path):
        for line, place in lines_of(path):
            with faults.gathered(path, place):
                if segment := parse(line):
                    spans.append(LabelledSegment(*segment, path, place))
    return spans


def seconds(text: str) -> float:
    """A number in a label file; VadError when it is none."""
    try:
        return float(text)
    except ValueError:
        raise VadError(f"'{text}', expected seconds") from None


def without_overlap(spans: list[LabelledSegment], faults: Faults) -> list[LabelledSegment]:
    """`spans` as they are; one that starts before the one above it ends is a fault."""
    for above, span in itertools.pairwise(spans):
        if span.start_s < above.end_s - OVERLAP_TOLERANCE_S:
            reason = f"starts at {span.start_s:g} s before the one above ends, {above.end_s:g} s"
            faults.add(span.file, f"{span.place}: {reason}")
    return spans


def intervals_within(
    spans: Iterable[LabelledSegment], audio: Path, duration_s: float, faults: Faults
) -> np.ndarray:
    """The union of `spans`, float64 [intervals, 2], cut to the length of `audio`.

    A span that is no number, ends before it starts, or lies outside the audio by more than
    EDGE_TOLERANCE_S is a fault of the file that says so.
    """
    pairs = []
    for span in spans:
        if reason := _reason_against(span, audio, duration_s):
            faults.add(span.file, f"{span.place}: {reason}")
        else:
            pairs.append((max(span.start_s, 0.0), min(span.end_s, duration_s)))
    return unite(pairs)


def _reason_against(span: LabelledSegment, audio: Path, duration_s: float) -> str | None:
    start_s, end_s = span.start_s, span.end_s
    if not (math.isfinite(start_s) and math.isfinite(end_s)):
        return f"from {start_s} to {end_s} s, expected finite numbers"
    if end_s < start_s:
        return f"ends at {end_s:g} s before it starts at {start_s:g} s"
    if start_s < -EDGE_TOLERANCE_S or end_s > duration_s + EDGE_TOLERANCE_S:
        return f"from {start_s:g} to {end_s:g} s, expected within {audio}, 0 to {duration_s:g} s"
    return None
