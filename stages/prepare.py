"""Cut every corpus into training, validation and test audio, with noise laid over it."""

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from vad.artifacts import replacing, together, write_metrics
from vad.command import run_stage
from vad.conditions.copies import copies_of, counted_copies
from vad.conditions.mixing import to_int16
from vad.corpora import Recording, read_corpora
from vad.corpora.card import SPLITS
from vad.corpora.overview import check_planned, left_out, lengths, warnings_of_rates
from vad.corpora.rehearsal import rehearsal_recordings
from vad.errors import LONGEST_LINE, printable
from vad.faults import Faults
from vad.intervals import drop_short, intersect, merge_gaps, to_samples
from vad.licences import is_binding
from vad.params import Params, Prepare
from vad.prepared import CLEAN, REJECTED, Clip, Prepared, opened
from vad.prepared.summary import DataRow, check_splits, summarise, training_hours
from vad.prepared.writing import (
    COPIES,
    GroupRows,
    Task,
    check_contents,
    check_shards,
    plan_groups,
    write_groups,
    write_tables,
)
from vad.teacher.labelling import label_unlabelled


def main(
    raw: Annotated[Path, "folder of corpora, each a folder with a corpus.yaml"],
    prepared: Annotated[Path, "folder to write the prepared audio and its tables to"],
    metrics: Annotated[Path, "JSON to write the summary of recordings and hours to"],
    *,
    params: Params,
) -> None:
    """Read the corpora in `raw`, write the folder `prepared` and the summary `metrics`."""
    section = params.prepare
    with together(prepared, metrics), replacing(prepared) as (draft,):
        faults = Faults()
        recordings = read_corpora(raw, section.corpus_names, faults)
        contents = announced(recordings, faults, params)
        recordings, labelled_by = label_unlabelled(recordings, faults)
        recordings += rehearsal_recordings(section.rehearsal_minutes, section.background_speech)
        groups = write_recordings(draft, recordings, params)
        faults.entries.extend(fault for group in groups for fault in group.faults)
        faults.raise_or_write(section.on_bad_recording, draft / REJECTED)
        show([*contents, *left_out(raw, faults.entries, recordings)])
        check_contents(groups)
        summary = summarise(Prepared(draft))
        check_splits(summary, SPLITS)
        hours = (training_hours(summary, role) for role in ("speech", "noise"))
        limited = counted_copies(section, *hours)
        write_copies(draft, groups, limited, params)
        check_shards(draft)
        write_metrics(metrics, counts_of(faults, limited, summary) | labelled_by)
    warn_of_licences(recordings)


def write_recordings(folder: Path, recordings: list[Recording], params: Params) -> list[GroupRows]:
    """Write the recordings as they came, and their tables."""
    plan = plan_groups(recording_tasks(recordings, params.sample_rate))
    read = partial(read_clips, params)
    groups = write_groups(folder, plan, read, "prepare: read", params.sample_rate)
    write_tables(folder, groups, params.sample_rate)
    return groups


def write_copies(folder: Path, groups: list[GroupRows], limited: Prepare, params: Params) -> None:
    """Write copies of what `folder` has, and the tables of `groups` and the copies."""
    plan = plan_groups(copy_tasks(Prepared(folder)))
    copy = partial(copy_clip, limited, params.seed, folder)
    copies = write_groups(folder, plan, copy, "prepare: mix copies", params.sample_rate)
    write_tables(folder, [*groups, *copies], params.sample_rate)


def counts_of(faults: Faults, limited: Prepare, summary: list[DataRow]) -> dict[str, Any]:
    """The content of metrics/prepare.json: recordings and hours by role, split and corpus."""
    counts: dict[str, Any] = {"rejected": len(faults.entries)}
    counts |= {key: getattr(limited, key) for key in ("augmented_copies", "noise_only_copies")}
    counts |= faults.tally.as_metrics()
    for row in summary:
        entry = {"recordings": row.recordings, "hours": row.hours}
        if row.speech_share is not None:
            entry["speech_share"] = row.speech_share
        counts.setdefault(row.role, {}).setdefault(row.split, {})[row.corpus] = entry
    return counts | {"licence": {row.corpus: row.licence for row in summary}}


def announced(recordings: list[Recording], faults: Faults, params: Params) -> list[str]:
    """Show what each split gets, before audio is read; VadError where one gets nothing.

    Without a terminal the lines are returned, to be shown once no fault stops the stage: the log
    of one that fails has its faults alone.
    """
    lines = [*faults.notes, *lengths(recordings)]
    lines += warnings_of_rates(recordings, params.sample_rate)
    if sys.stderr.isatty():
        show(lines)
        lines = []
    if not faults.entries or params.prepare.on_bad_recording == "skip":
        check_planned(recordings)
    return lines


def show(lines: Iterable[str]) -> None:
    """Write lines to the terminal; names of users in them stay within their line."""
    for line in lines:
        print(printable(line, LONGEST_LINE), file=sys.stderr)


def recording_tasks(recordings: list[Recording], sample_rate: int) -> Iterator[Task]:
    for recording in recordings:
        name = f"{recording.corpus}/{recording.name}"
        sample_count = round(recording.duration_s * sample_rate)
        yield Task(recording.role, recording.split, name, recording.source, sample_count, recording)


def copy_tasks(prepared: Prepared) -> Iterator[Task]:
    """The user's speech, of each split, and noise but that of the test is copied."""
    rows = prepared.recordings
    is_speech, is_noise = (rows["role"] == role for role in ("speech", "noise"))
    for number, row in rows[is_speech | (is_noise & (rows["split"] != "test"))].iterrows():
        name = f"{row['corpus']}/{row['name']}/{row['block']}"
        yield Task(COPIES, row["split"], name, row["shard"], row["sample_count"], number)


def read_clips(params: Params, recording: Recording) -> Iterator[Clip]:
    """A recording as it came, in blocks."""
    rule = partial(smoothed, params.prepare)
    for number, block in enumerate(recording.blocks(params.sample_rate, rule)):
        yield Clip(
            corpus=recording.corpus,
            name=recording.name,
            speaker=recording.speaker,
            role=recording.role,
            split=recording.split,
            condition=CLEAN,
            block=number,
            licence=recording.licence,
            samples=to_int16(block.samples),
            speech=to_samples(intersect(block.speech, block.annotated), params.sample_rate),
            annotated=to_samples(block.annotated, params.sample_rate),
        )


def smoothed(params: Prepare, speech_s: np.ndarray) -> np.ndarray:
    """Speech [intervals, 2] (s) with short pauses counted in, then without short bursts."""
    bridged = merge_gaps(speech_s, params.merge_gap_ms / 1000)
    return drop_short(bridged, params.min_speech_ms / 1000)


def copy_clip(params: Prepare, seed: int, folder: Path, number: int) -> Iterator[Clip]:
    """The prepared clip `number` of `folder` in other conditions."""
    prepared = opened(folder)
    yield from copies_of(prepared.clip(number), prepared, params, seed)
    prepared.release()


def warn_of_licences(recordings: list[Recording]) -> None:
    """Say which corpora that training sees have terms that may bind the model."""
    licences = {(r.corpus, r.licence) for r in recordings if r.split != "test"}
    show(
        f"prepare: corpus '{corpus}' is {licence}: mind its terms"
        for corpus, licence in sorted(licences)
        if is_binding(licence)
    )


if __name__ == "__main__":
    run_stage(main)
