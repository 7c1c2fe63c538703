"""Cut every corpus into training, validation and test audio, with noise laid over it."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from vad.artifacts import replacing, write_metrics
from vad.command import run_stage
from vad.conditions import Backgrounds, copies_for_test, copies_for_training
from vad.corpora import Recording, read_corpora
from vad.errors import VadError
from vad.labels import to_samples
from vad.mixing import to_int16
from vad.params import Params
from vad.prepared import CLEAN, SPLITS, Clip, Prepared
from vad.shards import plan_shards, write_shards, write_tables

Summary = dict[str, dict[str, dict[str, dict[str, float]]]]


def main(raw: Path, prepared: Path, metrics: Path, *, params: Params) -> None:
    """Read the corpora in `raw`, write the folder `prepared` and the summary `metrics`."""
    recordings = read_corpora(raw, params.prepare.corpus_names)
    speech = [recording for recording in recordings if recording.role == "speech"]
    backgrounds = [recording for recording in recordings if recording.role != "speech"]
    workers = int(os.environ.get("VAD_WORKERS", os.cpu_count() or 1))
    with replacing(prepared) as (draft,):
        rows = []
        for members, mixed_with in ((backgrounds, None), (speech, draft)):
            plan = plan_shards(members, params.sample_rate)
            clips_of = partial(clips, params, mixed_with)
            rows += write_shards(draft / "shards", plan, clips_of, workers)
            write_tables(draft, rows, params.sample_rate)
        summary = summarise(Prepared(draft))
        check_splits(summary)
    write_metrics(metrics, summary)


def clips(params: Params, backgrounds: Path | None, recording: Recording) -> Iterator[Clip]:
    """A recording as it came and, given prepared `backgrounds`, in the conditions of its split.

    Validation stays as it came: the best epoch is the best on the user's own recordings.
    """
    audio = recording.load(params.sample_rate)
    speech = to_samples(audio.speech, params.sample_rate)
    clip = partial(
        Clip,
        corpus=recording.corpus,
        name=recording.name,
        role=recording.role,
        split=recording.split,
        licence=recording.licence,
        speech=speech,
        annotated=to_samples(audio.annotated, params.sample_rate),
    )
    yield clip(condition=CLEAN, samples=to_int16(audio.samples))
    copies = {"train": copies_for_training, "test": copies_for_test}.get(recording.split)
    if backgrounds is None or copies is None:
        return
    is_speech = np.zeros(len(audio.samples), bool)
    for start, end in speech:
        is_speech[start:end] = True
    mixed_with = Backgrounds.of_split(backgrounds, recording.split)
    seed = (params.seed, recording.corpus, recording.name)
    for condition, samples in copies(audio.samples, is_speech, mixed_with, params.prepare, seed):
        yield clip(condition=condition, samples=to_int16(samples))


def summarise(prepared: Prepared) -> Summary:
    """Recordings, hours and share of speech for each role, split and corpus, as they came."""
    summary: Summary = {}
    samples_per_hour = 3600 * prepared.geometry.sample_rate
    clean = prepared.recordings[prepared.recordings["condition"] == CLEAN]
    for (role, split, corpus), rows in clean.groupby(["role", "split", "corpus"]):
        annotated = prepared.labelled_samples(rows.index, "annotated")
        entry = {"recordings": len(rows), "hours": annotated / samples_per_hour}
        if role == "speech":
            entry["speech_share"] = prepared.labelled_samples(rows.index, "speech") / annotated
        summary.setdefault(role, {}).setdefault(split, {})[corpus] = entry
    return summary


def check_splits(summary: Summary) -> None:
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


if __name__ == "__main__":
    run_stage(main)
