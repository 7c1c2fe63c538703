"""The recordings of a report as files that label editors and scoring tools open.

A label track for Audacity of each recording and source, `<file id>.<source>.txt`; an RTTM of each
source with all recordings, `<source>.rttm`; what counts in scoring, `annotated.uem`.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from vad.evaluation.comparisons import Comparison
from vad.label_tracks import audacity_track, rttm_turns, uem_regions

REFERENCE = "reference"
# What file systems, RTTM and shells all take; file names end long before they do not fit.
UNSAFE = re.compile(r"[^\w.-]+")
LONGEST = 60


def write_label_files(folder: Path, comparisons: Sequence[Comparison], sample_rate: int) -> None:
    """Write all files into a new `folder`; times are seconds of the whole recording."""
    folder.mkdir()
    by_id = dict(zip(file_ids(comparisons), comparisons, strict=True))
    for source in (REFERENCE, "published", "finetuned"):
        turns = []
        for file_id, one in by_id.items():
            intervals = sources(one)[source] / sample_rate
            turns.append(rttm_turns(file_id, intervals, "speech"))
            write(folder / f"{file_id}.{source}.txt", audacity_track(intervals, "speech"))
        write(folder / f"{source}.rttm", "".join(turns))
    regions = [uem_regions(file_id, one.annotated / sample_rate) for file_id, one in by_id.items()]
    write(folder / "annotated.uem", "".join(regions))


def sources(comparison: Comparison) -> Mapping[str, np.ndarray]:
    """Speech by each source, int64 [intervals, 2] in samples."""
    return {REFERENCE: comparison.speech, **comparison.segments}


def file_ids(comparisons: Sequence[Comparison]) -> list[str]:
    """A name of each recording that is safe in a path and in RTTM; no two are equal."""
    ids: list[str] = []
    for one in comparisons:
        safe = UNSAFE.sub("_", f"{one.corpus}_{one.name}").lstrip(".")[:LONGEST]
        taken = sum(other == safe or other.startswith(f"{safe}~") for other in ids)
        ids.append(f"{safe}~{taken + 1}" if taken else safe)
    return ids


def write(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with line feeds on every system."""
    path.write_text(text, encoding="utf-8", newline="\n")
