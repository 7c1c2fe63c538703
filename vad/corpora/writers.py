"""Labels written as RTTM with UEM, Audacity label tracks, TextGrids and Feather tables.

The formats are those of the readers of the same names, and what they read back are the intervals
that were written, to the microsecond.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow
from pyarrow import feather

from vad.corpora.readers.silero_feather import PATH_COLUMN, SPEECH_COLUMNS
from vad.corpora.recording import FileRecording
from vad.errors import VadError
from vad.label_files.tracks import (
    audacity_track,
    labelled,
    rounded,
    rttm_turns,
    textgrid,
    uem_regions,
)

TIER = "speech"


class Writer(NamedTuple):
    """A function that writes the labels of recordings into a folder, and the card's own keys."""

    write: Callable[[Path, Sequence[FileRecording]], None]
    keys: dict[str, Any]


def audio_name(recording: FileRecording) -> str:
    """The path of the recording's audio in the written corpus."""
    return f"{recording.name}{recording.path.suffix}"


def write_rttm(folder: Path, recordings: Sequence[FileRecording]) -> None:
    """One RTTM and one UEM; VadError where a name has spaces or two recordings one file id."""
    ids = [Path(audio_name(recording)).stem for recording in recordings]
    counts = Counter(ids)
    for file_id in ids:
        if counts[file_id] > 1 or file_id.split() != [file_id]:
            raise VadError(
                f"file id '{file_id}', RTTM holds ids of one recording each without spaces: "
                "expected other names, or another format"
            )
    turns, regions = [], []
    for file_id, recording in zip(ids, recordings, strict=True):
        speaker = "_".join((recording.speaker or "speech").split())
        turns.append(rttm_turns(file_id, recording.speech, speaker))
        regions.append(uem_regions(file_id, recording.annotated))
    (folder / "labels.rttm").write_text("".join(turns), encoding="utf-8")
    (folder / "annotated.uem").write_text("".join(regions), encoding="utf-8")


def write_audacity(folder: Path, recordings: Sequence[FileRecording]) -> None:
    """A label track beside each audio file."""
    for recording in recordings:
        _check_whole(recording, "a label track")
        text = audacity_track(recording.speech, "speech")
        _beside(folder, recording, ".txt").write_text(text, encoding="utf-8")


def write_textgrid(folder: Path, recordings: Sequence[FileRecording]) -> None:
    """A TextGrid beside each audio file, with one tier; its empty intervals are silence."""
    for recording in recordings:
        _check_whole(recording, "a TextGrid")
        text = textgrid({TIER: labelled(recording.speech, TIER)}, recording.duration_s)
        _beside(folder, recording, ".TextGrid").write_text(text, encoding="utf-8")


def write_feather(folder: Path, recordings: Sequence[FileRecording]) -> None:
    """One Feather table, as upstream's tuning script reads it."""
    for recording in recordings:
        _check_whole(recording, "a Feather table")
    speech = [
        [{"start": start, "end": end} for start, end in rounded(recording.speech).tolist()]
        for recording in recordings
    ]
    entry = pyarrow.struct([("start", pyarrow.float64()), ("end", pyarrow.float64())])
    paths = [audio_name(recording) for recording in recordings]
    columns = {
        PATH_COLUMN: pyarrow.array(paths, pyarrow.string()),
        SPEECH_COLUMNS[0]: pyarrow.array(speech, pyarrow.list_(entry)),
    }
    feather.write_feather(pyarrow.table(columns), folder / "labels.feather")


def _beside(folder: Path, recording: FileRecording, suffix: str) -> Path:
    path = folder / f"{recording.name}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _check_whole(recording: FileRecording, what: str) -> None:
    if recording.annotated.tolist() != [[0.0, recording.duration_s]]:
        raise VadError(
            f"{recording.path}: annotated in parts, which {what} cannot hold, expected format rttm"
        )


RTTM_KEYS = {"labels": "labels.rttm", "annotated": "annotated.uem", "speech": "*"}
WRITERS = {
    "rttm": Writer(write_rttm, RTTM_KEYS),
    "audacity": Writer(write_audacity, {"labels": "**/*.txt"}),
    "textgrid": Writer(write_textgrid, {"labels": "**/*.TextGrid", "tier": TIER}),
    "silero_feather": Writer(write_feather, {"table": "labels.feather"}),
}
