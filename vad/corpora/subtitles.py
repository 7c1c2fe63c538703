"""Subtitles beside audio files: SubRip (.srt) and WebVTT (.vtt).

https://www.w3.org/TR/webvtt1/. A cue is speech while it is shown, unless its text stands in
brackets, such as [music]. Cues outlast speech by up to a second: labels as coarse as that.
"""

import re
from pathlib import Path
from typing import ClassVar

from vad.corpora.classes import LabelKind
from vad.corpora.recording import FileRecording
from vad.corpora.sidecar import SidecarCard, read_sidecars
from vad.corpora.spans import Labels, Segment, read_text
from vad.errors import VadError
from vad.faults import Faults

TIME = r"(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
CUE = re.compile(rf"^\s*{TIME}\s*-->\s*{TIME}(?:\s.*)?$")
TAGS = re.compile(r"</?(?:[biucv]|font|lang|ruby|rt|\d\d:)[^>]*>|\{\\an\d\}")


class Card(SidecarCard):
    """The keys of each reader of sidecar label files."""

    label_kind: ClassVar[LabelKind] = "words"


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each audio file with its subtitles."""

    def parse(path: Path, faults: Faults) -> Labels:
        labels = Labels()
        with faults.gathered(path):
            cues = parse_cues(read_text(path))
            labels.segments = [cue.at(path, f"cue {n}") for n, cue in enumerate(cues, 1)]
        return labels

    return read_sidecars(folder, card, parse, faults)


def parse_cues(text: str) -> list[Segment]:
    """The cues of a file; VadError where a line with an arrow has no times."""
    cues = []
    for block in re.split(r"\n\s*\n", text):
        lines = block.strip().split("\n")
        timed = [number for number, line in enumerate(lines) if "-->" in line]
        if not timed or lines[0].startswith(("NOTE", "STYLE", "REGION")):
            continue
        match = CUE.match(lines[timed[0]])
        if match is None or len(timed) > 1:
            raise VadError(f"'{lines[timed[0]][:60]}', expected 'hh:mm:ss,ms --> hh:mm:ss,ms'")
        words = TAGS.sub("", " ".join(lines[timed[0] + 1 :])).strip()
        times = match.groups()
        cues.append(Segment(_seconds(times[:4]), _seconds(times[4:]), words))
    if not cues and text.strip() not in ("", "WEBVTT"):
        raise VadError("no cue in it, expected 'hh:mm:ss,ms --> hh:mm:ss,ms' and text")
    return cues


def _seconds(fields: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = (field or "0" for field in fields)
    return int(hours[:6]) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")
