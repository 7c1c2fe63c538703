"""Audio files labelled by RTTM, with the annotated parts in UEM files.

Both formats are those of "The 2009 (RT-09) Rich Transcription Meeting Recognition Evaluation
Plan" (NIST, appendix A). The turns of several speakers are united. Tools write fewer fields, spaces
in names of speakers, and classes such as nonspeech in their place. Parts of type NOSCORE are not
annotated.
"""

from pathlib import Path

from vad.corpora.file_ids import IdCard, IdFormat, read_by_id
from vad.corpora.meanings import IGNORED
from vad.corpora.numbers import is_number, seconds
from vad.corpora.recording import FileRecording
from vad.corpora.spans import Segment, channel_number
from vad.errors import VadError
from vad.faults import Faults

TURN = "SPEAKER"
NOT_SCORED = "NOSCORE"
# The other types of line of the plan: not about who speaks when.
OTHER_TYPES = frozenset(
    [
        *("SEGMENT", "NO_RT_METADATA", "LEXEME", "NON-LEX", "NON-SPEECH"),
        *("FILLER", "EDIT", "SU", "IP", "CB", "A/P", "SPKR-INFO"),
    ]
)
NOTHING = "<NA>"
LEAST_FIELDS, MOST_FIELDS = 8, 10


class Card(IdCard):
    """Patterns over RTTM and UEM files; one such file may contain many recordings."""


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each audio file; one without speech needs a UEM that lists it."""
    return read_by_id(folder, card, IdFormat(parse_turn, id_of), faults)


def parse_turn(line: str) -> tuple[str, Segment] | None:
    """The file id and segment of a line of RTTM; None where it is not a speaker's turn."""
    fields = line.split()
    if fields[0] in OTHER_TYPES:
        return None
    is_known = fields[0] in (TURN, NOT_SCORED)
    speaker = _speaker(fields) if is_known else None
    if speaker is None:
        reason = f"has {len(fields)} fields" if is_known else f"is of type '{fields[0]}'"
        raise VadError(
            f"'{line.strip()}' {reason}, expected '{TURN} file channel start "
            f"duration <NA> <NA> speaker <NA> <NA>', {LEAST_FIELDS} to {MOST_FIELDS} fields "
            "and no space inside one"
        )
    start_s, duration_s = seconds(fields[3]), seconds(fields[4])
    label = None if speaker == NOTHING else speaker
    if fields[0] == NOT_SCORED:
        label = IGNORED
    segment = Segment(start_s, start_s + duration_s, label, channel_number(fields[2]))
    return fields[1], segment


def _speaker(fields: list[str]) -> str | None:
    """The speaker of a turn, with the spaces in it; None where the fields do not fit."""
    if len(fields) < LEAST_FIELDS:
        return None
    if len(fields) <= MOST_FIELDS:
        return fields[7] if not is_number(fields[5]) else None
    # Only a name of a speaker may have spaces: the empty fields show where it stands.
    is_clear = fields[5:7] == [NOTHING, NOTHING] == fields[-2:]
    return " ".join(fields[7:-2]) if is_clear else None


def id_of(line: str) -> str:
    """The file id that a broken line seems to belong to."""
    return [*line.split(), ""][1]
