"""All files that people read: the page, the model card, and the labels of the shown recordings."""

from pathlib import Path

from vad.artifacts import replacing, write_text
from vad.evaluation.comparisons import most_gained, most_lost
from vad.evaluation.results import Results
from vad.prepared import Prepared
from vad.prepared.summary import summarise
from vad.report.card import render_card
from vad.report.label_files import write_label_files
from vad.report.page import render_page


def write_report(
    results: Results, data: Prepared, opset: int, *, page: Path, errors: Path, card: Path
) -> None:
    """Write the `page`, the labels of the recordings on it to the folder `errors`, the `card`.

    `data` and `opset` are those of the model that the card describes.
    """
    gained, lost = most_gained(results.recordings), most_lost(results.recordings)
    write_text(page, render_page(results, gained, lost))
    with replacing(errors) as (draft,):
        write_label_files(draft, [*gained, *lost], results.geometry.sample_rate)
    write_text(card, render_card(results, summarise(data), opset))
