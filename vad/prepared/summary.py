"""The contents of the prepared audio in figures for a review, and a check that they can be used."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from vad.errors import VadError
from vad.prepared import CLEAN, Prepared
from vad.silero.windows import covered_windows, window_count

# Whether a window is speech.
CLASSES = (False, True)


@dataclass(frozen=True)
class DataRow:
    """Recordings of one corpus in one split, as they came; `speech_share` of speech alone."""

    corpus: str
    role: str
    split: str
    licence: str
    recordings: int
    hours: float
    speech_share: float | None = None


def summarise(prepared: Prepared) -> list[DataRow]:
    """A row for each role, split, corpus and licence, of the annotated audio as it came."""
    samples_per_hour = 3600 * prepared.geometry.sample_rate
    clean = prepared.recordings[prepared.recordings["condition"] == CLEAN]
    rows = []
    for key, clips in clean.groupby(["role", "split", "corpus", "licence"]):
        role, split, corpus, licence = key
        annotated = prepared.labelled_samples(clips.index, "annotated")
        speech_share = None
        if role == "speech":
            speech = prepared.labelled_samples(clips.index, "speech")
            speech_share = speech / annotated if annotated else 0.0
        count, hours = clips["name"].nunique(), annotated / samples_per_hour
        rows.append(DataRow(corpus, role, split, licence, count, hours, speech_share))
    return rows


def as_metrics(summary: Sequence[DataRow]) -> dict[str, Any]:
    """Recordings and hours by role, split and corpus, and the licence of each corpus."""
    metrics: dict[str, Any] = {}
    for row in summary:
        entry = {"recordings": row.recordings, "hours": row.hours}
        if row.speech_share is not None:
            entry["speech_share"] = row.speech_share
        metrics.setdefault(row.role, {}).setdefault(row.split, {})[row.corpus] = entry
    return metrics | {"licence": {row.corpus: row.licence for row in summary}}


def training_hours(summary: Sequence[DataRow], role: str) -> float:
    """Hours of recordings of `role` for training."""
    return sum(row.hours for row in summary if (row.role, row.split) == (role, "train"))


def check_windows(prepared: Prepared, splits: Iterable[str]) -> None:
    """VadError when speech in one of `splits` is in every window, or fills half of none.

    Windows are what is trained on: labels in the wrong unit can all be shorter.
    """
    geometry = prepared.geometry
    for split in splits:
        found: set[bool] = set()
        for clip in prepared.clips("speech", split):
            count = window_count(len(clip.samples), geometry)
            annotated = covered_windows(clip.annotated, count, geometry)
            found |= set(covered_windows(clip.speech, count, geometry)[annotated].tolist())
            if len(found) == len(CLASSES):
                break
        else:
            content = "every window is speech" if True in found else "no window is speech"
            raise VadError(
                f"split '{split}': {content}, expected both classes: labels are in seconds, and a "
                f"window lasts {1000 / geometry.windows_per_s:g} ms"
            )


def check_splits(summary: Sequence[DataRow], splits: Iterable[str]) -> None:
    """VadError when one of `splits` has no recordings, or speech or non-speech alone."""
    for split in splits:
        rows = [row for row in summary if (row.role, row.split) == ("speech", split)]
        if not rows:
            raise VadError(
                f"split '{split}' has no speech recordings, expected at least one: "
                "add recordings or change 'split' in a corpus.yaml"
            )
        names = ", ".join(dict.fromkeys(row.corpus for row in rows))
        for share, content in ((0.0, "no speech"), (1.0, "nothing but speech")):
            if all(row.speech_share == share for row in rows):
                raise VadError(
                    f"split '{split}' holds {content} (corpora {names}), "
                    "expected both classes: training and ROC-AUC need them"
                )
