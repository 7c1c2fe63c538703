"""What is in the prepared audio: the figures that a review should see, and what must not be."""

from typing import Any

from vad.errors import VadError
from vad.prepared import CLEAN, SPLITS, Prepared


def summarise(prepared: Prepared) -> dict[str, Any]:
    """Recordings, hours and share of speech for each role, split and corpus, as they came."""
    summary: dict[str, Any] = {}
    samples_per_hour = 3600 * prepared.geometry.sample_rate
    clean = prepared.recordings[prepared.recordings["condition"] == CLEAN]
    for (role, split, corpus), rows in clean.groupby(["role", "split", "corpus"]):
        annotated = prepared.labelled_samples(rows.index, "annotated")
        entry = {"recordings": rows["name"].nunique(), "hours": annotated / samples_per_hour}
        if role == "speech":
            entry["speech_share"] = (
                prepared.labelled_samples(rows.index, "speech") / annotated if annotated else 0.0
            )
        summary.setdefault(role, {}).setdefault(split, {})[corpus] = entry
    return summary


def training_hours(summary: dict[str, Any], role: str) -> float:
    """Hours of recordings of `role` for training in a summary of `summarise`."""
    corpora = summary.get(role, {}).get("train", {})
    return sum(entry["hours"] for entry in corpora.values())


def check_splits(summary: dict[str, Any]) -> None:
    """VadError when a split has no recordings, or speech or non-speech alone."""
    for split in SPLITS:
        corpora = summary.get("speech", {}).get(split, {})
        if not corpora:
            raise VadError(
                f"split '{split}' has no speech recordings, expected at least one: "
                "add recordings or change 'split' in a corpus.yaml"
            )
        shares = {corpus: entry["speech_share"] for corpus, entry in corpora.items()}
        for share, found in ((0.0, "no speech"), (1.0, "nothing but speech")):
            if all(value == share for value in shares.values()):
                raise VadError(
                    f"split '{split}' holds {found} (corpora {', '.join(shares)}), "
                    "expected both classes: training and ROC-AUC need them"
                )
