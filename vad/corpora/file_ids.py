"""Label files for many recordings, each by its file id.

A file id is the audio file's name without folder and suffix, or the part of it that `file_id` of
the card finds. Where a line is broken, the recordings that it may belong to are left out: none is
used with a part of its labels.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import NamedTuple

from vad.corpora.card import CARD_NAME
from vad.corpora.files import OneOrMore, one_form, recording_name
from vad.corpora.labelled import Candidate, LabelCard, read_labelled
from vad.corpora.numbers import seconds
from vad.corpora.recording import FileRecording
from vad.corpora.spans import (
    LabelledSegment,
    Labels,
    Segment,
    channel_number,
    lines_of,
    parse_lines,
)
from vad.errors import VadError
from vad.faults import Faults

# So many names stand in a message.
LISTED = 5

Parsed = tuple[str, Segment] | None


class IdCard(LabelCard):
    """Patterns over audio, label and UEM files; one label file may contain many recordings."""

    audio: OneOrMore
    labels: OneOrMore


class IdFormat(NamedTuple):
    """How lines are read.

    `parse` gives the file id and the segment of a line, None where it has neither, and raises
    VadError; `id_of` gives the file id that a broken line seems to belong to.
    """

    parse: Callable[[str], Parsed]
    id_of: Callable[[str], str]


@dataclass
class ById:
    """The segments of each file id, ids with broken lines, ids in lines without a segment.

    `has_lost_lines` holds where a broken line may belong to any recording.
    """

    segments: dict[str, list[LabelledSegment]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    mentioned: set[str] = field(default_factory=set)
    has_lost_lines: bool = False

    def is_whole(self, file_id: str) -> bool:
        """Whether all lines of a recording were understood."""
        is_lost = self.has_lost_lines and file_id not in self.segments
        return file_id not in self.broken and not is_lost


def parse_region(line: str) -> tuple[str, Segment]:
    """The file id and region of a line of UEM."""
    fields = line.split()
    if len(fields) != 4:
        raise VadError(f"'{line.strip()}', expected 'file channel start end'")
    region = Segment(seconds(fields[2]), seconds(fields[3]), None, channel_number(fields[1]))
    return fields[0], region


UEM = IdFormat(parse_region, lambda line: line.split()[0])


def read_by_id(
    folder: Path, card: IdCard, line_format: IdFormat, faults: Faults
) -> list[FileRecording]:
    """A recording for each audio file; one without labels needs a UEM that lists it."""
    audio = by_file_id(card, card.matching(folder, "audio"), faults)
    by_id = segments_by_id(card.matching(folder, "labels"), line_format, audio, faults)
    report_missing(folder, card, by_id.segments, audio, faults)
    regions = read_regions(folder, card, audio, faults)
    candidates = []
    unlabelled: list[Path] = []
    for file_id, path in audio.items():
        if path is None or not by_id.is_whole(file_id):
            continue
        segments = by_id.segments.get(file_id, [])
        if segments or not card.is_in_a_split(recording_name(folder, path)) or regions:
            candidates.append(Candidate(path, Labels(segments)))
        else:
            unlabelled.append(path)
    report_unlabelled(card, unlabelled, faults, by_id.mentioned)
    return read_labelled(folder, card, candidates, faults, regions)


def read_regions(
    folder: Path, card: LabelCard, audio: Mapping[str, Path | None], faults: Faults
) -> ById | None:
    """The annotated parts in the card's UEM files; None where it names none."""
    if card.annotated is None:
        return None
    by_id = segments_by_id(card.matching(folder, "annotated"), UEM, audio, faults)
    report_missing(folder, card, by_id.segments, audio, faults)
    return by_id


def by_file_id(card: LabelCard, paths: Iterable[Path], faults: Faults) -> dict[str, Path | None]:
    """The audio file of each file id; None, and a fault, where there are two."""
    audio: dict[str, Path | None] = {}
    first: dict[str, Path] = {}
    for path in paths:
        file_id = card.id_of(path)
        other = first.setdefault(file_id, path)
        audio[file_id] = path if other == path else None
        if other != path:
            reason = f"file id '{file_id}' is also that of {other}, expected one file to an id"
            faults.add(path, reason)
    return audio


def segments_by_id(
    paths: Iterable[Path],
    line_format: IdFormat,
    audio: Mapping[str, Path | None],
    faults: Faults,
) -> ById:
    """The segments of each recording in label files."""
    by_id = ById()
    for path in paths:
        lines = None
        with faults.gathered(path):
            lines = list(lines_of(path))
        if lines is None:
            by_id.has_lost_lines = True
        else:
            _add_lines(by_id, path, lines, line_format, audio, faults)
    return by_id


def _add_lines(
    by_id: ById,
    path: Path,
    lines: list[tuple[str, str]],
    line_format: IdFormat,
    audio: Mapping[str, Path | None],
    faults: Faults,
) -> None:
    broken: list[str] = []

    def id_of(line: str) -> str:
        return known_id(line_format.id_of(line), audio)

    def parse(line: str) -> Parsed:
        try:
            parsed = line_format.parse(line)
        except VadError:
            broken.append(id_of(line))
            raise
        if parsed is None:
            by_id.mentioned.add(id_of(line))
        return parsed

    for parsed, position in parse_lines(lines, parse, path, faults):
        if parsed:
            own = by_id.segments.setdefault(known_id(parsed[0], audio), [])
            own.append(parsed[1].at(path, position))
    by_id.broken.update(broken)
    if set(broken) - audio.keys():
        # Such a line can be anybody's: nothing of this file is complete.
        by_id.broken |= {id_of(line) for line, _ in lines}
        by_id.has_lost_lines = True


def known_id(text: str, audio: Mapping[str, Path | None]) -> str:
    """The file id that a line means: some tools write the name of the audio file, or its path."""
    file_id = one_form(text)
    if file_id in audio:
        return file_id
    name = re.split(r"[/\\]", file_id)[-1]
    stem = PurePath(name).stem
    path = audio.get(stem)
    if path is not None and name.casefold() == one_form(path.name).casefold():
        return stem
    return name if name != file_id and name in audio else file_id


def report_missing(
    folder: Path,
    card: LabelCard,
    segments: Mapping[str, list[LabelledSegment]],
    audio: Mapping[str, Path | None],
    faults: Faults,
) -> None:
    """Labels without audio: one fault for each label file, or a count where the card skips them."""
    by_file: dict[Path, list[str]] = {}
    for file_id, own in segments.items():
        if file_id not in audio:
            by_file.setdefault(own[0].file, []).append(file_id)
    for path, file_ids in by_file.items():
        if card.missing_audio == "skip":
            faults.tally.left_out[card.name, "missing_audio"] += len(file_ids)
            faults.notes.append(f"{path}: {len(file_ids)} file ids have no audio, passed over")
            continue
        position = segments[file_ids[0]][0].position
        faults.add(
            path,
            f"{position}: no audio file of {listed(file_ids)}: in {folder / CARD_NAME}, "
            "'file_id' finds ids in longer names, 'missing_audio: skip' passes over such labels",
        )


def report_unlabelled(
    card: LabelCard, paths: list[Path], faults: Faults, mentioned: Collection[str] = ()
) -> None:
    """Audio without labels: one fault, for the first of them.

    `mentioned` are the file ids that label files have in lines of other kinds.
    """
    if not paths:
        return
    more = f" (and {len(paths) - 1} more audio files)" if len(paths) > 1 else ""
    file_id = card.id_of(paths[0])
    reason = f"expected '{file_id}' in a file of 'labels', found it in none"
    if file_id in mentioned:
        reason = f"no line of 'labels' with '{file_id}' marks speech, all are of other types"
    faults.add(paths[0], f"{reason}{more}")


def listed(names: list[str]) -> str:
    """The first of `names` and how many more there are."""
    first = ", ".join(f"'{name}'" for name in names[:LISTED])
    return first + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")
