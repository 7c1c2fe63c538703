"""The report: one HTML file that opens from disk, with no network, on a phone and on a desk."""

from collections.abc import Mapping, Sequence

import pandas as pd

from vad.evaluation.results import Results
from vad.prepared.summary import DataRow
from vad.report import charts
from vad.report.detectors import detector_tables
from vad.report.headline import POINTS, banners, call, four_columns
from vad.report.measures import MODEL_TITLES
from vad.report.pictures import charts as model_charts
from vad.report.pictures import training_chart
from vad.report.recordings import Selection, page_data, selection
from vad.report.run import Changed, training_sentence
from vad.report.table import table_groups
from vad.report.templates import environment
from vad.report.verdict import verdict

FRAME = {name: getattr(charts, name.upper()) for name in ("left", "right", "top", "bottom")}
FRAME |= {"width": charts.WIDTH, "height": charts.HEIGHT}


def render_page(
    results: Results,
    data: Sequence[DataRow] = (),
    training: pd.DataFrame | None = None,
    model: str = "",
    *,
    changed: Sequence[Changed] | None = None,
    chosen: Selection | None = None,
    files: Mapping[int, str] | None = None,
    detectors: pd.DataFrame | None = None,
) -> str:
    """The page as HTML; equal content gives equal text, and every text in it is escaped.

    `data` are the recordings of each split, `training` the rows of metrics/training.csv, `model`
    the MD5 of the model as dvc.lock has it, `changed` its parameters other than the defaults,
    None where they are not known. `chosen` are the recordings (by default those of `selection`),
    `files` the addresses of sound beside the page. `detectors` has the metrics of other detectors,
    with the columns of `report.detectors.COLUMNS`.
    """
    usual = results.choices["finetuned"].usual.options
    drawn = model_charts(results.curves)
    if training is not None:
        drawn.append(training_chart(training))
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            banners=banners(results),
            verdict=verdict(results),
            four_columns=four_columns(results.table),
            columns=[f"{MODEL_TITLES[m]} {POINTS[e]}" for m in MODEL_TITLES for e in POINTS],
            call=call(results),
            training=training_sentence(data, training),
            changed=changed,
            data=data,
            model=model,
            groups=table_groups(results.table),
            charts=drawn,
            recordings=page_data(
                chosen or selection(results), results.geometry, usual, files or {}
            ),
            detectors=[] if detectors is None else detector_tables(results.table, detectors),
            frame=FRAME,
        )
    )
