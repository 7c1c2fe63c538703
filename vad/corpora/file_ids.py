"""Label files that speak of many recordings, each by its file id.

A file id is the audio file's name without folder and suffix. Where a line is broken, the
recordings that it may speak of are left out: none is used with a part of its labels.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from vad.corpora.files import FileCard, OneOrMore
from vad.corpora.recording import FileRecording
from vad.corpora.spans import LabelledSegment, Labels, Segment, lines_of, seconds
from vad.errors import VadError
from vad.faults import Faults

COMMENT = ";;"


class IdCard(FileCard):
    """Patterns over audio, label and UEM files; one label file may speak of many recordings."""

    role: Literal["speech"] = "speech"
    audio: OneOrMore
    labels: OneOrMore
    annotated: OneOrMore | None = None


class IdFormat(NamedTuple):
    """How lines are read.

    `parse` gives the file id and the segment of a line, None where it has neither, and raises
    VadError; `id_of` gives the file id that a broken line seems to speak of.
    """

    parse: Callable[[str], tuple[str, Segment] | None]
    id_of: Callable[[str], str]


@dataclass
class ById:
    """The spans of each file id, the ids with broken lines, and whether a line is nobody's."""

    spans: dict[str, list[LabelledSegment]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    has_lost_lines: bool = False

    def is_whole(self, file_id: str) -> bool:
        """Whether all that was said of a recording was understood."""
        is_lost = self.has_lost_lines and file_id not in self.spans
        return file_id not in self.broken and not is_lost


def parse_region(line: str) -> tuple[str, Segment]:
    """The file id and span of a line of UEM."""
    fields = line.split()
    if len(fields) != 4:
        raise VadError(f"'{line.strip()}', expected 'file channel start end'")
    return fields[0], Segment(seconds(fields[2]), seconds(fields[3]))


UEM = IdFormat(parse_region, lambda line: line.split()[0])


def read_by_id(
    folder: Path, card: IdCard, line_format: IdFormat, silence: tuple[str, ...], faults: Faults
) -> list[FileRecording]:
    """A recording for each audio file; one without speech needs a UEM that lists it."""
    audio = by_file_id(card.matching(folder, "audio"), faults)
    said = spans_by_id(card.matching(folder, "labels"), line_format, audio, faults)
    regions = None
    if card.annotated is not None:
        regions = spans_by_id(card.matching(folder, "annotated"), UEM, audio, faults)
    recordings = []
    for file_id, path in audio.items():
        if path is None or not card.in_a_split(folder, path, card.role):
            continue
        if not said.is_whole(file_id) or (regions and not regions.is_whole(file_id)):
            continue
        spans = said.spans.get(file_id, [])
        annotated = None if regions is None else regions.spans.get(file_id, [])
        if not (spans if annotated is None else annotated):
            key = "labels" if annotated is None else "annotated"
            faults.add(path, f"expected '{file_id}' in a file of '{key}', found it in none")
            continue
        labels = Labels([span for span in spans if span.label not in silence], annotated)
        recordings.append(card.recording(folder, path, card.role, labels, faults))
    return [recording for recording in recordings if recording is not None]


def by_file_id(paths: Iterable[Path], faults: Faults) -> dict[str, Path | None]:
    """The audio file of each file id; None, and a fault, where there are two."""
    audio: dict[str, Path | None] = {}
    first: dict[str, Path] = {}
    for path in paths:
        other = first.setdefault(path.stem, path)
        audio[path.stem] = path if other == path else None
        if other != path:
            reason = f"file id '{path.stem}' is also that of {other}, expected one file to an id"
            faults.add(path, reason)
    return audio


def spans_by_id(
    paths: Iterable[Path],
    line_format: IdFormat,
    audio: dict[str, Path | None],
    faults: Faults,
) -> ById:
    """What the label files say of each recording; lines that speak of no audio are faults."""
    said = ById()
    for path in paths:
        lines = None
        with faults.gathered(path):
            lines = list(lines_of(path, COMMENT))
        if lines is None:
            said.has_lost_lines = True
        else:
            _add_lines(said, path, lines, line_format, audio, faults)
    return said


def _add_lines(
    said: ById,
    path: Path,
    lines: list[tuple[str, str]],
    line_format: IdFormat,
    audio: dict[str, Path | None],
    faults: Faults,
) -> None:
    unknown: set[str] = set()
    for line, place in lines:
        try:
            parsed = line_format.parse(line)
        except VadError as error:
            faults.add(path, f"{place}: {error}")
            file_id = line_format.id_of(line)
            if file_id not in audio:
                # The line can be anybody's: nothing of this file is complete.
                said.broken |= {line_format.id_of(other) for other, _ in lines}
                said.has_lost_lines = True
                return
            said.broken.add(file_id)
            continue
        if parsed is None:
            continue
        file_id, segment = parsed
        said.spans.setdefault(file_id, []).append(LabelledSegment(*segment, path, place))
        if file_id not in audio and file_id not in unknown:
            unknown.add(file_id)
            reason = f"file id '{file_id}', expected an audio file of that name"
            faults.add(path, f"{place}: {reason}")
