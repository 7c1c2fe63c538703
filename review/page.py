"""The report with its commit and another run beside it: python -m review.page [BASE].

Writes metrics/review.html: metrics/report.html, and on its first screen the commit of this run, the
changed parameters, the headline metrics and the curves of both runs. BASE is a revision, by default
the last committed run with other numbers. Everything is read from Git and the working tree.
"""

import argparse
import hashlib
import sys
from pathlib import Path
from typing import NamedTuple

from review import lock
from review.changes import TABLE, changes, read_revision, text
from review.curves import charts_beside
from review.history import git
from review.markdown import by_headline, comparability, difference
from vad.artifacts import write_text
from vad.errors import VadError, printable, titled
from vad.report.page import FRAME
from vad.report.templates import environment
from vad.schema import load_yaml

REPORT = Path("metrics/report.html")
PAGE = Path("metrics/review.html")
LOCK = Path("dvc.lock")
# A run changes some of these.
WRITTEN = (str(LOCK), "params.yaml", str(TABLE))
# Below the verdict and what to use.
BEFORE = '<nav class="quiet">'
SECTION = """
{% from "chart.svg.j2" import chart %}
{% for line in not_run %}
<p class="banner worse"><b>Nobody ran these numbers.</b> {{ line }}</p>
{% endfor %}
<h2>Beside commit {{ short }}</h2>
<p>Before: {{ base }}. This run: {{ commit or "not committed yet" }}.
{% if parameters %}Parameters: {% for one in parameters %}<code>{{ one.key | join(".") }}</code>
{{ text(one.before) }} → {{ text(one.after) }}{{ ", " if not loop.last else "." }}{% endfor %}
{% else %}The parameters are the same.{% endif %}
{{ comparability }}</p>
<div class="wide"><table class="detectors">
<thead><tr>{% for column in ("metric", short, "this run", "change") %}
<th scope="col">{{ column }}</th>{% endfor %}</tr></thead>
<tbody>
{% for row in rows %}
<tr><td class="measure">{{ row[0] }}</td>{% for v in row[1:] %}<td>{{ v }}</td>{% endfor %}</tr>
{% endfor %}
</tbody></table></div>
<details><summary>Curves beside those of {{ short }}</summary><div class="charts">
{% for picture in charts %}{{ chart(picture, **frame) }}{% endfor %}
</div></details>
"""


class Run(NamedTuple):
    """The commit of the run in the working tree, empty where there is none, and its base."""

    commit: str
    base: str


def write_page(base: str | None) -> Path:
    """Write the page beside the revision `base`; VadError where the report is of another run."""
    report = report_of_lock()
    run = run_beside(base)
    before, after = read_revision(run.base), read_revision(None)
    old, new = by_headline(before), by_headline(after)
    section = (
        environment()
        .from_string(SECTION)
        .render(
            not_run=lock.differences(),
            commit=described(run.commit) if run.commit else "",
            base=described(run.base),
            short=git("log", "-1", "--format=%h", run.base).strip(),
            parameters=changes(before.params, after.params),
            comparability=comparability(before, after),
            rows=[
                (" ".join(key), *map(text, values), difference(*values))
                for key in {**new, **old}
                for values in [(old.get(key), new.get(key))]
            ],
            charts=charts_beside(run.base, None),
            frame=FRAME,
            text=text,
        )
    )
    head, mark, body = report.partition(BEFORE)
    write_text(PAGE, head + section + mark + body)
    return PAGE


def report_of_lock() -> str:
    """The report, as dvc.lock has it; VadError where it is absent or of another run."""
    outputs = load_yaml(LOCK).get("stages", {}).get("evaluate", {}).get("outs", [])
    expected = {out["path"]: out["md5"] for out in outputs}.get(str(REPORT))
    content = REPORT.read_bytes() if REPORT.is_file() else b""
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != expected:
        state = "not the one of dvc.lock" if content else "not there"
        raise VadError(f"{REPORT}: {state}, run: dvc repro")
    return content.decode()


def run_beside(base: str | None) -> Run:
    """The commit of this run, and `base` or the last commit with other numbers.

    VadError where no other run is committed.
    """
    if git("status", "--porcelain", "--", *WRITTEN):
        return Run("", base or "HEAD")
    commit = git("log", "-1", "--format=%H", "--", str(LOCK)).strip()
    if not base:
        _, *former = git("log", "-2", "--format=%H", "--", str(TABLE)).split() or [""]
        if not former:
            raise VadError("no other run is committed, name a revision to compare with")
        [base] = former
    return Run(commit, base)


def described(revision: str) -> str:
    """A commit as a reader knows it: short hash, date, the first line of its message."""
    commit, date, title = git("log", "-1", "--format=%h%x09%as%x09%s", revision).split("\t", 2)
    return f"{commit} ({date}, {printable(title.strip())})"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m review.page", description=__doc__)
    parser.add_argument("base", nargs="?", help="a revision, by default the last other run")
    try:
        print(f"Read {write_page(parser.parse_args().base)}.")
    except VadError as error:
        sys.exit(titled("report", error.args))
