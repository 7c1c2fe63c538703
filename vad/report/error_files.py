"""The recordings of a report as files that label editors and scoring tools open as they are.

Of each recording its sound as a 16-bit WAV, `<file id>.wav`, at most EXCERPT_S of it, with a
TextGrid of all sources for Praat and a label track of each for Audacity, `<file id>.<source>.txt`;
an RTTM of each source with all recordings, `<source>.rttm`; what counts in scoring,
`annotated.uem`. All times are those of the WAV; `recordings.csv` has where it starts.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from vad.evaluation.comparisons import Comparison
from vad.intervals import clip
from vad.label_files.tracks import audacity_track, labelled, rttm_turns, textgrid, uem_regions
from vad.prepared import CLEAN
from vad.report.recordings import excerpt_samples
from vad.silero.geometry import Geometry

REFERENCE = "reference"
# What file systems, RTTM and shells all take; file names end long before they do not fit.
UNSAFE = re.compile(r"[^\w.-]+")
LONGEST = 60


def write_error_files(folder: Path, comparisons: Sequence[Comparison], geometry: Geometry) -> None:
    """Write all files into a new `folder`."""
    folder.mkdir()
    rate = geometry.sample_rate
    turns: dict[str, list[str]] = {source: [] for source in (REFERENCE, "published", "finetuned")}
    regions, rows = [], []
    for file_id, one in zip(file_ids(comparisons), comparisons, strict=True):
        excerpt, samples = excerpt_samples(one, geometry)
        soundfile.write(folder / f"{file_id}.wav", samples, rate, "PCM_16")
        of = sources(one)
        tiers = {source: shifted(of[source], excerpt, rate) for source in of}
        for source, intervals in tiers.items():
            turns[source].append(rttm_turns(file_id, intervals, "speech"))
            write(folder / f"{file_id}.{source}.txt", audacity_track(intervals, "speech"))
        entries = {source: labelled(intervals, "speech") for source, intervals in tiers.items()}
        write(folder / f"{file_id}.TextGrid", textgrid(entries, len(samples) / rate))
        regions.append(uem_regions(file_id, shifted(one.annotated, excerpt, rate)))
        rows.append((file_id, one.corpus, one.name, one.condition, *np.divide(excerpt, rate)))
    for source, lines in turns.items():
        write(folder / f"{source}.rttm", "".join(lines))
    write(folder / "annotated.uem", "".join(regions))
    columns = ["file", "corpus", "name", "condition", "start_s", "end_s"]
    write(folder / "recordings.csv", pd.DataFrame(rows, columns=columns).to_csv(index=False))


def sources(comparison: Comparison) -> Mapping[str, np.ndarray]:
    """Speech by each source, int64 [intervals, 2] in samples."""
    return {REFERENCE: comparison.speech, **comparison.segments}


def shifted(intervals: np.ndarray, excerpt: tuple[int, int], rate: int) -> np.ndarray:
    """`intervals` in samples within the excerpt, in seconds from its start."""
    start, end = excerpt
    return (clip(intervals, start, end) - start) / rate


def file_ids(comparisons: Sequence[Comparison]) -> list[str]:
    """A name of each recording that is safe in a path and in RTTM; no two are equal."""
    ids: list[str] = []
    for one in comparisons:
        condition = "" if one.condition == CLEAN else f"_{one.condition}"
        safe = UNSAFE.sub("_", f"{one.corpus}_{one.name}").lstrip(".")[:LONGEST] + condition
        taken = sum(other == safe or other.startswith(f"{safe}~") for other in ids)
        ids.append(f"{safe}~{taken + 1}" if taken else safe)
    return ids


def write(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with line feeds on every system."""
    path.write_text(text, encoding="utf-8", newline="\n")
