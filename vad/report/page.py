"""The report: one HTML file that opens from disk, with no network, on a phone and on a desk."""

from collections.abc import Sequence

import pandas as pd

from vad.evaluation.comparisons import Comparison
from vad.evaluation.results import Results
from vad.report import charts
from vad.report.detectors import detector_tables
from vad.report.pictures import charts as model_charts
from vad.report.recordings import recording_view
from vad.report.table import table_groups
from vad.report.templates import environment
from vad.report.verdict import verdict

FRAME = {name: getattr(charts, name.upper()) for name in ("left", "right", "top", "bottom")}
FRAME |= {"width": charts.WIDTH, "height": charts.HEIGHT}


def render_page(
    results: Results,
    gained: Sequence[Comparison],
    lost: Sequence[Comparison],
    detectors: pd.DataFrame | None = None,
) -> str:
    """The page as HTML; equal content gives equal text, and every text in it is escaped.

    `gained` and `lost` are the recordings that it shows. `detectors` has the metrics of other
    detectors, with the columns of `report.detectors.COLUMNS`.
    """
    thresholds = {
        model: choice.usual.options.threshold for model, choice in results.choices.items()
    }
    views = {
        name: [recording_view(recording, results.geometry, thresholds) for recording in recordings]
        for name, recordings in (("gained", gained), ("lost", lost))
    }
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            verdict=verdict(results),
            groups=table_groups(results.table),
            charts=model_charts(results.curves),
            detectors=[] if detectors is None else detector_tables(results.table, detectors),
            frame=FRAME,
            **views,
        )
    )
