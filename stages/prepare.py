"""Cut every corpus into training, validation and test audio, with noise laid over it."""

import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from vad.artifacts import replacing, together, write_metrics
from vad.command import run_stage
from vad.conditions.copies import copy_clip, copy_tasks, counted_copies
from vad.corpora import Recording, read_corpora
from vad.corpora.card import SPLITS
from vad.corpora.clips import read_clips, recording_tasks
from vad.corpora.overview import (
    binding_terms,
    check_planned,
    left_out,
    lengths,
    warnings_of_labels,
    warnings_of_rates,
)
from vad.corpora.rehearsal import rehearsal_recordings
from vad.errors import LONGEST_LINE, printable
from vad.faults import Faults
from vad.params import Params, Prepare
from vad.prepared import REJECTED, Prepared
from vad.prepared.summary import (
    DataRow,
    as_metrics,
    check_splits,
    check_windows,
    summarise,
    training_hours,
)
from vad.prepared.writing import (
    GroupRows,
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
        contents = announced(raw, recordings, faults, params)
        recordings, labelled_by = label_unlabelled(recordings, faults)
        recordings += rehearsal_recordings(section.rehearsal_minutes, section.background_speech)
        groups = write_recordings(draft, recordings, params)
        faults.entries.extend(fault for group in groups for fault in group.faults)
        faults.raise_or_write(section.on_bad_recording, draft / REJECTED)
        show([*contents, *left_out(raw, faults.entries, recordings)])
        check_contents(groups)
        recorded = Prepared(draft)
        summary = summarise(recorded)
        check_splits(summary, SPLITS)
        check_windows(recorded, SPLITS)
        hours = (training_hours(summary, role) for role in ("speech", "noise"))
        limited = counted_copies(section, *hours)
        write_copies(draft, groups, limited, params)
        check_shards(draft)
        write_metrics(metrics, counts_of(faults, limited, summary) | labelled_by)
    show(binding_terms(recordings))


def write_recordings(folder: Path, recordings: list[Recording], params: Params) -> list[GroupRows]:
    """Write the recordings as they came, and their tables."""
    plan = plan_groups(recording_tasks(recordings, params.sample_rate))
    read = partial(read_clips, params)
    is_generated = any(recording.role == "rehearsal" for recording in recordings)
    title = "prepare: read, and make rehearsal data" if is_generated else "prepare: read"
    groups = write_groups(folder, plan, read, title, params.sample_rate)
    write_tables(folder, groups, params.sample_rate)
    return groups


def write_copies(folder: Path, groups: list[GroupRows], limited: Prepare, params: Params) -> None:
    """Write copies of what `folder` has, and the tables of `groups` and the copies."""
    plan = plan_groups(copy_tasks(Prepared(folder)))
    copy = partial(copy_clip, limited, params.seed, folder)
    copies = write_groups(folder, plan, copy, "prepare: mix copies", params.sample_rate)
    write_tables(folder, [*groups, *copies], params.sample_rate)


def counts_of(faults: Faults, limited: Prepare, summary: list[DataRow]) -> dict[str, Any]:
    """The content of metrics/prepare.json."""
    counts: dict[str, Any] = {"rejected": len(faults.entries)}
    counts |= {key: getattr(limited, key) for key in ("augmented_copies", "noise_only_copies")}
    return counts | faults.tally.as_metrics() | as_metrics(summary)


def announced(raw: Path, recordings: list[Recording], faults: Faults, params: Params) -> list[str]:
    """Show what each split gets, before audio is read; VadError where one gets nothing.

    Without a terminal the lines are returned, to be shown once no fault stops the stage: the log
    of one that fails has its faults alone.
    """
    lines = [*faults.notes, *lengths(recordings)]
    lines += warnings_of_rates(recordings, params.sample_rate)
    lines += warnings_of_labels(raw, recordings)
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


if __name__ == "__main__":
    run_stage(main)
