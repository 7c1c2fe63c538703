"""AVA-Speech: csv lines `youtube_id,start,end,label`, without a header.

S. Chaudhuri et al., "AVA-Speech: A Densely Labeled Dataset of Speech Activity in Movies", 2018,
https://research.google.com/ava/download.html. CLEAN_SPEECH, SPEECH_WITH_MUSIC and
SPEECH_WITH_NOISE are speech, NO_SPEECH is not. What the csv covers (15 minutes of each film) is
annotated.
"""

import csv
from pathlib import Path

from vad.corpora.file_ids import (
    IdCard,
    IdFormat,
    by_file_id,
    read_regions,
    report_missing,
    report_unlabelled,
    segments_by_id,
)
from vad.corpora.files import AnyNumber, OneOrMore, recording_name
from vad.corpora.labelled import Candidate, read_labelled
from vad.corpora.numbers import seconds
from vad.corpora.recording import FileRecording
from vad.corpora.spans import Labels, Segment, without_overlap
from vad.errors import VadError
from vad.faults import Faults

SPEECH = ("CLEAN_SPEECH", "SPEECH_WITH_MUSIC", "SPEECH_WITH_NOISE")
NO_SPEECH = "NO_SPEECH"


class Card(IdCard):
    """Patterns over audio files, each called by its id, and over csv files; labels are fixed."""

    speech: OneOrMore | None = SPEECH
    silence: AnyNumber = (NO_SPEECH,)


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each audio file that a csv labels."""
    audio = by_file_id(card, card.matching(folder, "audio"), faults)
    line_format = IdFormat(parse_line, lambda line: line.partition(",")[0])
    by_id = segments_by_id(card.matching(folder, "labels"), line_format, audio, faults)
    report_missing(folder, card, by_id.segments, audio, faults)
    candidates, unlabelled = [], []
    for file_id, path in audio.items():
        if path is None or not by_id.is_whole(file_id):
            continue
        segments = sorted(by_id.segments.get(file_id, []), key=lambda segment: segment.start_s)
        if not segments and card.is_in_a_split(recording_name(folder, path)):
            unlabelled.append(path)
            continue
        fault_count = len(faults.entries)
        without_overlap(segments, faults)
        if len(faults.entries) == fault_count:
            candidates.append(Candidate(path, Labels(segments, segments)))
    report_unlabelled(card, unlabelled, faults)
    regions = read_regions(folder, card, audio, faults)
    return read_labelled(folder, card, candidates, faults, regions)


def parse_line(line: str) -> tuple[str, Segment]:
    """The video's id and the segment of a line."""
    try:
        fields = next(csv.reader([line], strict=True))
    except (csv.Error, StopIteration) as error:
        raise VadError(f"'{line}' is not csv ({error})") from None
    if len(fields) != 4:
        raise VadError(f"'{line}', expected 'youtube_id,start,end,label'")
    file_id, start, end, label = (text.strip() for text in fields)
    if label not in (*SPEECH, NO_SPEECH):
        raise VadError(f"label '{label}', expected one of {', '.join((*SPEECH, NO_SPEECH))}")
    return file_id, Segment(seconds(start), seconds(end), label)
