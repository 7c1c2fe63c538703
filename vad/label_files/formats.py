"""The labels of one recording as the text of a format that the readers of vad.corpora take back.

Speech is labelled, and so are uncertain stretches, which the key `ignored` of a card takes for
audio that is not annotated. RTTM and JSON lines list the annotated parts instead.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from vad.errors import VadError
from vad.intervals import difference
from vad.label_files.tracks import (
    Entry,
    audacity_track,
    labelled,
    rounded,
    rttm_turns,
    textgrid,
    uem_regions,
)

SPEECH, UNCERTAIN, SILENCE = "speech", "uncertain", "silence"
# Where labels are words, brackets show that nobody says it.
BRACKETED = f"[{UNCERTAIN}]"


@dataclass(frozen=True)
class RecordingLabels:
    """What is known of one recording; intervals are float64 [intervals, 2] (s) and disjoint.

    `audio` is the path of the file as labels name it, `file_id` its name without suffix, `channel`
    counts from 0 where the labels are of one channel of several.
    """

    audio: str
    file_id: str
    duration_s: float
    speech: np.ndarray
    uncertain: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))
    channel: int | None = None

    def entries(self, uncertain: str = UNCERTAIN) -> list[Entry]:
        """All stretches except silence, in time."""
        return sorted([*labelled(self.speech, SPEECH), *labelled(self.uncertain, uncertain)])

    @property
    def annotated(self) -> np.ndarray:
        """All but the uncertain stretches, float64 [intervals, 2] (s)."""
        return difference(np.array([[0.0, self.duration_s]]), self.uncertain)


class LabelFormat(NamedTuple):
    """Texts of a recording by suffix, and the keys of a card that reads them.

    `names_audio` holds where the card lists the audio files, since the labels do not.
    """

    texts: Callable[[RecordingLabels], Mapping[str, str]]
    suffixes: tuple[str, ...]
    reader: str
    keys: Mapping[str, Any]
    names_audio: bool = True


def audacity(labels: RecordingLabels) -> dict[str, str]:
    """A label track."""
    lines = (audacity_track(np.array([entry[:2]]), entry[2]) for entry in labels.entries())
    return {".txt": "".join(lines)}


def praat(labels: RecordingLabels) -> dict[str, str]:
    """A TextGrid of one tier."""
    return {".TextGrid": textgrid({SPEECH: labels.entries(BRACKETED)}, labels.duration_s)}


def rttm(labels: RecordingLabels) -> dict[str, str]:
    """Turns of one speaker, and the annotated parts as UEM; VadError where the name has spaces."""
    name, channel = labels.file_id, labels.channel or 0
    if name.split() != [name]:
        raise VadError(
            f"{labels.audio}: a name with spaces, which RTTM cannot hold: expected another name "
            "or another format"
        )
    return {
        ".rttm": rttm_turns(name, labels.speech, SPEECH, channel),
        ".uem": uem_regions(name, labels.annotated, channel),
    }


def subtitles(labels: RecordingLabels) -> dict[str, str]:
    """SubRip, whose times have milliseconds."""
    cues = [
        f"{number}\n{_clock(start)} --> {_clock(end)}\n{label}"
        for number, (start, end, label) in enumerate(labels.entries(BRACKETED), 1)
    ]
    return {".srt": "".join(f"{cue}\n\n" for cue in cues)}


def _clock(time_s: float) -> str:
    seconds, ms = divmod(round(time_s * 1000), 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d},{ms:03d}"


def table(labels: RecordingLabels) -> dict[str, str]:
    """A csv table; a recording without speech has one row of silence."""
    columns = ["audio", "start", "end", "label"]
    own = [] if labels.channel is None else [str(labels.channel + 1)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns + (["channel"] if own else []))
    for start, end, label in labels.entries() or [(0.0, labels.duration_s, SILENCE)]:
        writer.writerow([labels.audio, f"{start:.6f}", f"{end:.6f}", label, *own])
    return {".csv": text.getvalue()}


def json_line(labels: RecordingLabels) -> dict[str, str]:
    """One JSON object with the segments and the annotated parts."""
    values = {
        "audio": labels.audio,
        "segments": rounded(labels.speech).tolist(),
        "annotated": rounded(labels.annotated).tolist(),
    }
    return {".jsonl": json.dumps(values, ensure_ascii=False) + "\n"}


# Every recording has a label file, and an empty one belongs to a silent recording.
_SIDECAR = {"silent_recordings": True}
FORMATS: Mapping[str, LabelFormat] = {
    "audacity": LabelFormat(
        audacity,
        (".txt",),
        "audacity",
        {"labels": "**/*.txt", "ignored": UNCERTAIN, **_SIDECAR},
    ),
    "textgrid": LabelFormat(
        praat,
        (".TextGrid",),
        "textgrid",
        {"labels": "**/*.TextGrid", "tier": SPEECH, "ignored": BRACKETED, **_SIDECAR},
    ),
    "rttm": LabelFormat(
        rttm,
        (".rttm", ".uem"),
        "rttm",
        {"labels": "**/*.rttm", "annotated": "**/*.uem"},
    ),
    "csv": LabelFormat(
        table,
        (".csv",),
        "table",
        {"labels": "**/*.csv", "ignored": UNCERTAIN},
        names_audio=False,
    ),
    "srt": LabelFormat(
        subtitles,
        (".srt",),
        "subtitles",
        {"labels": "**/*.srt", "ignored": BRACKETED, **_SIDECAR},
    ),
    "jsonl": LabelFormat(
        json_line,
        (".jsonl",),
        "jsonl",
        {"labels": "**/*.jsonl"},
        names_audio=False,
    ),
}
