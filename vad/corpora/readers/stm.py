"""Transcripts in STM files: `waveform channel speaker start end [<class>] transcript`.

The format of NIST's SCTK (https://github.com/usnistgov/SCTK/blob/master/doc/infmts.htm). A segment
with the transcript ignore_time_segment_in_scoring or the speaker excluded_region is not annotated;
one with the speaker inter_segment_gap and another transcript is silent.
"""

from pathlib import Path
from typing import ClassVar

from vad.corpora.classes import LabelKind
from vad.corpora.file_ids import IdCard, IdFormat, read_by_id
from vad.corpora.meanings import EMPTY, IGNORED
from vad.corpora.numbers import seconds
from vad.corpora.recording import FileRecording
from vad.corpora.spans import Segment, channel_number
from vad.errors import VadError
from vad.faults import Faults

GAP = "inter_segment_gap"
EXCLUDED = "excluded_region"


class Card(IdCard):
    """Patterns over STM and UEM files."""

    label_kind: ClassVar[LabelKind] = "words"


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each audio file that an STM file labels."""
    return read_by_id(folder, card, IdFormat(parse_line, lambda line: line.split()[0]), faults)


def parse_line(line: str) -> tuple[str, Segment]:
    """The file id and segment of a line."""
    fields = line.split(maxsplit=5)
    if len(fields) < 5:
        raise VadError(f"'{line.strip()[:80]}', expected 'waveform channel speaker start end text'")
    text = fields[5].strip() if len(fields) > 5 else ""
    if text.startswith("<") and ">" in text:
        text = text.partition(">")[2].strip()
    label = text or EMPTY
    if fields[2].casefold() == EXCLUDED or text.casefold() == IGNORED:
        label = IGNORED
    elif fields[2].casefold() == GAP:
        label = "sil"
    segment = Segment(seconds(fields[3]), seconds(fields[4]), label, channel_number(fields[1]))
    return fields[0], segment
