"""All files that people read: the page, the model card, and the sound and labels of recordings."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from vad.artifacts import replacing, write_text
from vad.evaluation.results import Results
from vad.prepared import Prepared
from vad.prepared.summary import summarise
from vad.report.card import render_card
from vad.report.error_files import file_ids, write_error_files
from vad.report.page import render_page
from vad.report.recordings import selection
from vad.report.run import Changed

# Of 30 s and less: a megabyte each.
MOST_FILES = 20


def write_report(
    results: Results,
    data: Prepared,
    opset: int,
    *,
    sequence: Path,
    training: pd.DataFrame | None,
    changed: Sequence[Changed],
    page: Path,
    errors: Path,
    card: Path,
) -> None:
    """Write the `page`, the `card`, and sound and labels of recordings to the folder `errors`.

    `data`, `opset` and the file `sequence` are those of the model that the card describes,
    `training` are the rows of its training, `changed` its parameters other than the defaults.
    """
    summary, chosen = summarise(data), selection(results)
    written = chosen.heard[:MOST_FILES]
    ids = file_ids(written)
    files = {number: f"{errors.name}/{name}.wav" for number, name in enumerate(ids)}
    digest = hashlib.md5(sequence.read_bytes(), usedforsecurity=False).hexdigest()
    text = render_page(
        results, summary, training, digest, changed=changed, chosen=chosen, files=files
    )
    write_text(page, text)
    with replacing(errors) as (draft,):
        write_error_files(draft, written, results.geometry)
    write_text(card, render_card(results, summary, opset))
