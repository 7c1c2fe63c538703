"""The curves of both revisions as a page that opens with no network."""

import io
from contextlib import chdir
from pathlib import Path

import dvc.api
import pandas as pd
from dvc.exceptions import DvcException

from review.changes import read_text
from vad.artifacts import write_text
from vad.errors import VadError
from vad.report.charts import Chart, Line
from vad.report.page import FRAME
from vad.report.pictures import PICTURES, curve_chart
from vad.report.templates import environment

FOLDER = Path("metrics/plots")
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<style>{% include "page.css" %}</style></head><body><h1>{{ title }}</h1><div class="charts">
{% from "chart.svg.j2" import chart %}
{% for picture in charts %}{{ chart(picture, **frame) }}{% endfor %}
</div></body></html>
"""


def write_curves(page: Path, base: str, folder: Path | None) -> None:
    """Write the curves of the working tree, or of the one in `folder`, beside those of `base`."""
    template = environment().from_string(PAGE)
    title = f"Curves beside those of {base}"
    write_text(page, template.render(title=title, charts=charts_beside(base, folder), frame=FRAME))


def charts_beside(base: str, folder: Path | None) -> list[Chart]:
    """The curves of the working tree, or of the one in `folder`, with the tuned one of `base`."""
    charts = []
    for name, picture in PICTURES.items():
        path = FOLDER / f"{name}.csv"
        columns = [picture.x, picture.y, "model"]
        before, after = read_points(path, columns, base), read_points(path, columns, None, folder)
        if after is not None:
            charts.append(with_base(curve_chart(picture, after), before, columns, base))
    return charts


def with_base(chart: Chart, before: pd.DataFrame | None, columns: list[str], base: str) -> Chart:
    """The chart with the tuned model of the base as one more line."""
    if before is None:
        return chart
    rows = before[before["model"] == "finetuned"]
    line = Line(f"fine-tuned in {base}", "reference", *(rows[c].to_numpy() for c in columns[:2]))
    return Chart(chart.title, chart.reading, chart.x, chart.y, [line, *chart.lines])


def read_points(
    path: Path, columns: list[str], revision: str | None, folder: Path | None = None
) -> pd.DataFrame | None:
    """The points of a curve; None where the file is not there or is not a table of them."""
    try:
        with chdir(folder or "."):
            text = dvc.api.read(str(path), rev=revision) if revision else read_text(path)
        types = dict(zip(columns, (float, float, str), strict=True))
        points = pd.read_csv(io.StringIO(text), usecols=columns, dtype=types).dropna()
    except (VadError, DvcException, OSError, ValueError, pd.errors.ParserError):
        return None
    known = points[points["model"].isin(["published", "finetuned"])]
    return known if len(known) else None
