"""AVA-Speech: csv lines `youtube_id,start,end,label`, without a header.

S. Chaudhuri et al., "AVA-Speech: A Densely Labeled Dataset of Speech Activity in Movies", 2018,
https://research.google.com/ava/download.html. CLEAN_SPEECH, SPEECH_WITH_MUSIC and
SPEECH_WITH_NOISE are speech, NO_SPEECH is not. What the csv covers (15 minutes of each film) is
annotated.
"""

import csv
from pathlib import Path
from typing import Literal

from vad.corpora.file_ids import IdFormat, by_file_id, spans_by_id
from vad.corpora.files import FileCard, OneOrMore
from vad.corpora.recording import FileRecording
from vad.corpora.spans import Labels, Segment, seconds, without_overlap
from vad.errors import VadError
from vad.faults import Faults

SPEECH = ("CLEAN_SPEECH", "SPEECH_WITH_MUSIC", "SPEECH_WITH_NOISE")
NO_SPEECH = "NO_SPEECH"


class Card(FileCard):
    """Patterns over audio files, each called by its id, and over csv files."""

    role: Literal["speech"] = "speech"
    audio: OneOrMore
    labels: OneOrMore


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each audio file that a csv speaks of."""
    audio = by_file_id(card.matching(folder, "audio"), faults)
    line_format = IdFormat(parse_line, lambda line: line.partition(",")[0])
    said = spans_by_id(card.matching(folder, "labels"), line_format, audio, faults)
    recordings = []
    for file_id, path in audio.items():
        if path is None or not card.in_a_split(folder, path, card.role):
            continue
        if not said.is_whole(file_id):
            continue
        spans = sorted(said.spans.get(file_id, []))
        if not spans:
            faults.add(path, f"expected '{file_id}' in a file of 'labels', found it in none")
            continue
        fault_count = len(faults.found)
        labels = Labels([s for s in spans if s.label in SPEECH], without_overlap(spans, faults))
        if len(faults.found) == fault_count:
            recordings.append(card.recording(folder, path, card.role, labels, faults))
    return [recording for recording in recordings if recording is not None]


def parse_line(line: str) -> tuple[str, Segment]:
    """The video's id and the segment of a line."""
    try:
        fields = next(csv.reader([line], strict=True))
    except (csv.Error, StopIteration) as error:
        raise VadError(f"'{line}' is no csv ({error})") from None
    if len(fields) != 4:
        raise VadError(f"'{line}', expected 'youtube_id,start,end,label'")
    file_id, start, end, label = (text.strip() for text in fields)
    if label not in (*SPEECH, NO_SPEECH):
        raise VadError(f"label '{label}', expected one of {', '.join((*SPEECH, NO_SPEECH))}")
    return file_id, Segment(seconds(start), seconds(end), label)
