"""Audio files labelled by RTTM, with the annotated parts in UEM files.

Both formats are those of "The 2009 (RT-09) Rich Transcription Meeting Recognition Evaluation
Plan" (NIST, appendix A). A file id is the audio file's name without folder and suffix. The turns
of several speakers are united; the channel of a line is not looked at.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from vad.corpora.files import FileCard, Pattern, read_text
from vad.corpora.recording import FileRecording, Span
from vad.errors import VadError

COMMENT = ";;"
TURN = "SPEAKER"
# The other types of line of the plan; they do not say when somebody speaks.
OTHER_TYPES = frozenset(
    [
        *("SEGMENT", "NOSCORE", "NO_RT_METADATA", "LEXEME", "NON-LEX", "NON-SPEECH"),
        *("FILLER", "EDIT", "SU", "IP", "CB", "A/P", "SPKR-INFO"),
    ]
)

FileSpan = tuple[str, Span]
FileSpans = dict[str, list[Span]]


class Card(FileCard):
    """Patterns over RTTM and UEM files; one such file may speak of many recordings."""

    role: Literal["speech"] = "speech"
    audio: Pattern
    labels: Pattern
    annotated: Pattern | None = None


def read(folder: Path, card: Card) -> list[FileRecording]:
    """A recording for each audio file; one without speech needs a UEM that lists it."""
    audio = _by_file_id(card.matching(folder, "audio"))
    turns = _read_spans(card.matching(folder, "labels"), parse_turn, audio)
    regions: FileSpans | None = None
    if card.annotated is not None:
        regions = _read_spans(card.matching(folder, "annotated"), parse_region, audio)
    recordings = []
    for file_id, path in audio.items():
        annotated = None if regions is None else regions.get(file_id, [])
        speech = turns.get(file_id, [])
        recording = card.recording(folder, path, card.role, speech, annotated)
        if recording is None:
            continue
        if not (speech if annotated is None else annotated):
            key = "labels" if annotated is None else "annotated"
            raise VadError(f"{path}: expected '{file_id}' in a file of '{key}', found it in none")
        recordings.append(recording)
    return recordings


def parse_turn(line: str, place: str) -> FileSpan | None:
    """The file id and span of a line of RTTM; None when it holds no speaker's turn."""
    fields = line.split()
    if fields[0] in OTHER_TYPES:
        return None
    if fields[0] != TURN or len(fields) not in (9, 10):
        raise VadError(
            f"{place}: '{line.strip()}', expected '{TURN} file channel start duration "
            "<NA> <NA> speaker <NA> <NA>', no space inside a field"
        )
    start_s, duration_s = _seconds(fields[3], place), _seconds(fields[4], place)
    return fields[1], Span(start_s, start_s + duration_s, place)


def parse_region(line: str, place: str) -> FileSpan:
    """The file id and span of a line of UEM."""
    fields = line.split()
    if len(fields) != 4:
        raise VadError(f"{place}: '{line.strip()}', expected 'file channel start end'")
    return fields[0], Span(_seconds(fields[2], place), _seconds(fields[3], place), place)


def _by_file_id(paths: list[Path]) -> dict[str, Path]:
    audio: dict[str, Path] = {}
    for path in paths:
        if path.stem in audio:
            raise VadError(
                f"{path}: file id '{path.stem}' is also that of {audio[path.stem]}, "
                "expected one audio file to an id"
            )
        audio[path.stem] = path
    return audio


def _read_spans(
    paths: list[Path], parse: Callable[[str, str], FileSpan | None], audio: dict[str, Path]
) -> FileSpans:
    """The spans of each file id; VadError when one has no audio."""
    spans: FileSpans = defaultdict(list)
    for line, place in (line for path in paths for line in _lines(path)):
        parsed = parse(line, place)
        if parsed is None:
            continue
        file_id, span = parsed
        if file_id not in audio:
            raise VadError(f"{place}: file id '{file_id}', expected an audio file of that name")
        spans[file_id].append(span)
    return dict(spans)


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """Lines that say something, each with its place."""
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if line.strip() and not line.startswith(COMMENT):
            yield line, f"{path}:{number}"


def _seconds(field: str, place: str) -> float:
    try:
        return float(field)
    except ValueError:
        raise VadError(f"{place}: '{field}', expected seconds") from None
