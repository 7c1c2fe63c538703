"""Audio files labelled by RTTM, with the annotated parts in UEM files.

Both formats are those of "The 2009 (RT-09) Rich Transcription Meeting Recognition Evaluation
Plan" (NIST, appendix A). A file id is the audio file's name without folder and suffix. The turns
of several speakers are united; the channel of a line is not looked at.
"""

from pathlib import Path

from vad.corpora.file_ids import IdCard, IdFormat, read_by_id
from vad.corpora.recording import FileRecording
from vad.corpora.spans import Segment, seconds
from vad.errors import VadError
from vad.faults import Faults

TURN = "SPEAKER"
# The other types of line of the plan; they do not say when somebody speaks.
OTHER_TYPES = frozenset(
    [
        *("SEGMENT", "NOSCORE", "NO_RT_METADATA", "LEXEME", "NON-LEX", "NON-SPEECH"),
        *("FILLER", "EDIT", "SU", "IP", "CB", "A/P", "SPKR-INFO"),
    ]
)


class Card(IdCard):
    """Patterns over RTTM and UEM files; one such file may speak of many recordings."""


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each audio file; one without speech needs a UEM that lists it."""
    return read_by_id(folder, card, IdFormat(parse_turn, _id_of), (), faults)


def parse_turn(line: str) -> tuple[str, Segment] | None:
    """The file id and span of a line of RTTM; None when it holds no speaker's turn."""
    fields = line.split()
    if fields[0] in OTHER_TYPES:
        return None
    if fields[0] != TURN or len(fields) not in (9, 10):
        raise VadError(
            f"'{line.strip()}', expected '{TURN} file channel start duration "
            "<NA> <NA> speaker <NA> <NA>', no space inside a field"
        )
    start_s, duration_s = seconds(fields[3]), seconds(fields[4])
    return fields[1], Segment(start_s, start_s + duration_s, fields[7])


def _id_of(line: str) -> str:
    return [*line.split(), ""][1]
