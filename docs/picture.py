"""The picture of the README, from the metrics in Git: python -m docs.picture METRICS PICTURE.

METRICS is the folder that stage evaluate writes. The picture shows what its report concludes about
each domain and about noise, beside the misses of both models at equal false alarms.
"""

import argparse
import json
import math
import textwrap
from dataclasses import replace
from pathlib import Path

import jinja2
import pandas as pd

import vad.report
from vad.artifacts import write_text
from vad.report.charts import Chart, linear_axis
from vad.report.page import FRAME
from vad.report.pictures import PICTURES, curve_chart
from vad.report.templates import environment
from vad.report.verdict import domain_sentences, noise_sentences

REPORT = Path(vad.report.__file__).parent
CURVE = "equal_false_alarms"
# Characters in a line of the verdict.
COLUMNS = 40
STEP = 0.05


def main(metrics: Path, picture: Path) -> None:
    """Write `picture` as SVG."""
    table = pd.read_csv(metrics / "evaluation.csv").fillna({"name": ""})
    recordings = json.loads((metrics / "evaluate.json").read_text(encoding="utf-8"))["recordings"]
    verdict = " ".join([*domain_sentences(table, recordings), *noise_sentences(table)])
    chart = zoomed(curve_chart(PICTURES[CURVE], pd.read_csv(metrics / "plots" / f"{CURVE}.csv")))
    templates = environment()
    templates.loader = jinja2.FileSystemLoader([Path(__file__).parent, REPORT])
    text = templates.get_template("picture.svg.j2").render(
        verdict=textwrap.wrap(verdict, COLUMNS, break_on_hyphens=False),
        title=verdict,
        chart=chart,
        frame=FRAME,
        style=(REPORT / "page.css").read_text(encoding="utf-8"),
    )
    write_text(picture, text)


def zoomed(chart: Chart) -> Chart:
    """The chart with a vertical axis that ends above its highest point, in steps of STEP."""
    highest = max(float(line.y.max()) for line in chart.lines)
    ticks = [STEP * number for number in range(math.ceil(highest / STEP) + 1)]
    return replace(chart, y=linear_axis(chart.y.label, ticks))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("metrics", type=Path, help="folder that stage evaluate writes")
    parser.add_argument("picture", type=Path, help="the SVG file to write")
    main(**vars(parser.parse_args()))
