"""The picture of the README, from the metrics in Git: python -m docs.picture METRICS PICTURE.

METRICS is the folder that stage evaluate writes. The picture shows the verdict of its report and
misses at equal false alarms.
"""

import argparse
import json
import textwrap
from pathlib import Path

import jinja2
import pandas as pd

import vad.report
from vad.artifacts import write_text
from vad.report.page import FRAME
from vad.report.pictures import PICTURES, curve_chart
from vad.report.templates import environment
from vad.report.verdict import domain_sentence

REPORT = Path(vad.report.__file__).parent
CURVE = "equal_false_alarms"
# Characters in a line of the verdict.
COLUMNS = 36


def main(metrics: Path, picture: Path) -> None:
    """Write `picture` as SVG."""
    table = pd.read_csv(metrics / "evaluation.csv").fillna({"name": ""})
    counts = recordings_in_test(metrics / "prepare.json")
    verdict = " ".join(domain_sentence(table, name, count) for name, count in counts.items())
    chart = curve_chart(PICTURES[CURVE], pd.read_csv(metrics / "plots" / f"{CURVE}.csv"))
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


def recordings_in_test(summary: Path) -> dict[str, int]:
    """The number of test recordings of each domain, from the metrics of stage prepare."""
    domains = json.loads(summary.read_text(encoding="utf-8"))["speech"]["test"]
    return {name: domain["recordings"] for name, domain in domains.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("metrics", type=Path, help="folder that stage evaluate writes")
    parser.add_argument("picture", type=Path, help="the SVG file to write")
    main(**vars(parser.parse_args()))
