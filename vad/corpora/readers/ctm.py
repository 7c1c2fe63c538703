"""Words with their times in CTM files: `waveform channel start duration word [confidence]`.

The format of NIST's SCTK (https://github.com/usnistgov/SCTK/blob/master/doc/infmts.htm). Marks
of alternatives have `*` for times and are not words. Pauses between words are
`prepare.merge_gap_ms`'s.
"""

from pathlib import Path
from typing import ClassVar

from vad.corpora.classes import LabelKind
from vad.corpora.file_ids import IdCard, IdFormat, read_by_id
from vad.corpora.meanings import IGNORED
from vad.corpora.numbers import seconds
from vad.corpora.recording import FileRecording
from vad.corpora.spans import Segment, channel_number
from vad.errors import VadError
from vad.faults import Faults

# Types in the seventh field, as in evaluations of rich transcription.
NOT_WORDS = ("non-lex", "misc", "noise")
NOT_SCORED = "noscore"


class Card(IdCard):
    """Patterns over CTM and UEM files."""

    label_kind: ClassVar[LabelKind] = "words"


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each audio file; one without words needs a UEM that lists it."""
    return read_by_id(folder, card, IdFormat(parse_word, lambda line: line.split()[0]), faults)


def parse_word(line: str) -> tuple[str, Segment] | None:
    """The file id and segment of a word; None for the mark of an alternative."""
    fields = line.split()
    if not 5 <= len(fields) <= 8:
        raise VadError(f"'{line.strip()}', expected 'waveform channel start duration word'")
    if fields[2] == fields[3] == "*":
        return None
    start_s = seconds(fields[2])
    end_s = start_s + seconds(fields[3])
    return fields[0], Segment(start_s, end_s, _label(fields), channel_number(fields[1]))


def _label(fields: list[str]) -> str:
    """The word of a line, in brackets where its type is not that of a word."""
    kind = fields[6].casefold() if len(fields) > 6 else ""
    if kind == NOT_SCORED:
        return IGNORED
    return f"[{fields[4]}]" if kind in NOT_WORDS else fields[4]
