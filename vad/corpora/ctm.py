"""Words with their times in CTM files: `waveform channel start duration word [confidence]`.

The format of NIST's SCTK (https://github.com/usnistgov/SCTK/blob/master/doc/infmts.htm). Lines
that start with `;;` are comments, and the marks of alternatives, whose times are `*`, no words.
Which words are silence, the card says; pauses between words are `prepare.merge_gap_ms`'s.
"""

from pathlib import Path

from vad.corpora.file_ids import IdCard, IdFormat, read_by_id
from vad.corpora.recording import FileRecording
from vad.corpora.spans import SILENCE, Segment, seconds
from vad.errors import VadError
from vad.faults import Faults


class Card(IdCard):
    """Patterns over CTM and UEM files; words that are no speech."""

    silence: tuple[str, ...] = SILENCE


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each audio file; one without words needs a UEM that lists it."""
    line_format = IdFormat(parse_word, lambda line: line.split()[0])
    return read_by_id(folder, card, line_format, card.silence, faults)


def parse_word(line: str) -> tuple[str, Segment] | None:
    """The file id and span of a word; None for the mark of an alternative."""
    fields = line.split()
    if not 5 <= len(fields) <= 8:
        raise VadError(f"'{line.strip()}', expected 'waveform channel start duration word'")
    if fields[2] == fields[3] == "*":
        return None
    start_s = seconds(fields[2])
    return fields[0], Segment(start_s, start_s + seconds(fields[3]), fields[4])
