"""Subtitles beside audio files: SubRip (.srt) and WebVTT (.vtt).

https://www.w3.org/TR/webvtt1/. A cue is speech while it is shown, unless its text stands in
brackets, such as [music]. Cues outlast speech by up to a second: labels as coarse as that.
"""

import html
import re
from pathlib import Path
from typing import ClassVar

from vad.corpora.classes import LabelKind
from vad.corpora.recording import FileRecording
from vad.corpora.sidecar import SidecarCard, read_sidecars
from vad.corpora.spans import Labels, Segment, segments_in_text
from vad.errors import VadError
from vad.faults import Faults

TIME = r"(?:([0-9]{1,6}):)?([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]{0,3}))?"
CUE = re.compile(rf"^\s*{TIME}\s*-->\s*{TIME}(?:\s.*)?$")
TAGS = re.compile(r"</?(?:[biucv]|font|lang|ruby|rt|\d\d:)[^>]*>|\{\\[^}]*\}")
# Blocks of WebVTT that are not cues.
ASIDE = re.compile(r"(NOTE|STYLE|REGION)(\s|$)")


class Card(SidecarCard):
    """The keys of each reader of sidecar label files."""

    label_kind: ClassVar[LabelKind] = "words"


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each audio file with its subtitles."""

    def parse(path: Path, faults: Faults) -> Labels:
        return Labels(segments_in_text(path, parse_cues, "cue", faults))

    return read_sidecars(folder, card, parse, faults)


def parse_cues(text: str) -> list[Segment]:
    """The cues of a file; VadError where a line with an arrow has no times."""
    cues = []
    # A line of spaces belongs to the text of its cue.
    for block in re.split(r"\n\n+", text):
        lines = block.strip("\n").split("\n")
        timed = [number for number, line in enumerate(lines) if "-->" in line]
        if timed and not ASIDE.match(lines[0]):
            # Where no empty line is between two cues, the number of the second one is.
            ends = [*(number - 1 for number in timed[1:]), len(lines)]
            cues += [
                _cue(lines[first], lines[first + 1 : end])
                for first, end in zip(timed, ends, strict=True)
            ]
    if not cues and text.strip() not in ("", "WEBVTT"):
        raise VadError("no cue in it, expected 'hh:mm:ss,ms --> hh:mm:ss,ms' and text")
    return cues


def _cue(timing: str, lines: list[str]) -> Segment:
    """The cue of a line of times and the lines of its text."""
    match = CUE.match(timing)
    if match is None:
        raise VadError(f"'{timing[:60]}', expected 'hh:mm:ss,ms --> hh:mm:ss,ms'")
    times = match.groups()
    words = html.unescape(TAGS.sub("", " ".join(lines))).strip()
    return Segment(_seconds(times[:4]), _seconds(times[4:]), words)


def _seconds(fields: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = (field or "0" for field in fields)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")
