"""The report beside another run, as a user makes it, in a clone that never ran the pipeline."""

import json
from pathlib import Path

import pytest

from review.page import BEFORE, PAGE, REPORT
from tests.clone import MAKE, Clone
from vad.report.templates import FOLDER

HEAD = "section,name,metric,published,finetuned,difference,low,high\n"
ROW = "domain,demo,detection_error_rate,0.3,{rate},{change},-0.2,-0.1\n"


@pytest.fixture
def clone(tmp_path) -> Clone:
    """A commit with the numbers of a run."""
    clone = Clone.of_working_tree(tmp_path)
    run(clone, 0.25)
    clone.commit()
    return clone


def run(clone: Clone, rate: float) -> None:
    """Write what the page reads of a run, and a lock file that belongs to it."""
    metrics = {"error_rate": {"demo": rate}, "recordings": {"demo": 9}}
    (clone.folder / "metrics" / "evaluate.json").write_text(json.dumps(metrics))
    table = HEAD + ROW.format(rate=rate, change=round(rate - 0.3, 6))
    (clone.folder / "metrics" / "evaluation.csv").write_text(table)
    (clone.folder / REPORT).write_text(f"<h1>{rate}</h1>{BEFORE}</nav>")
    clone.lock_as_it_is()


def page_of(clone: Clone) -> str:
    return (clone.folder / PAGE).read_text()


def test_the_report_has_the_place_for_it():
    assert (FOLDER / "page.html.j2").read_text().count(BEFORE) == 1


def test_a_run_that_is_not_committed_is_beside_the_last_commit(clone):
    clone.replace("params.yaml", "^opset: .*", "opset: 17")
    run(clone, 0.2)
    assert clone.run(*MAKE, "report") == "Read metrics/review.html.\n"
    page = page_of(clone)
    last = clone.run("git", "log", "-1", "--format=%h (%as, %s)").strip()
    assert page.startswith("<h1>0.2</h1>")
    assert f"Before: {last}. This run: not committed yet." in page
    assert "<code>opset</code>\n16 → 17." in page
    assert "<td>0.25</td><td>0.2</td><td>-0.05</td>" in page
    assert page.count("</svg>fine-tuned in ") == page.count("<figure") > 0
    assert "Nobody ran" not in page
    assert page.endswith(f"{BEFORE}</nav>")
    assert str(PAGE) not in clone.run("git", "status", "--porcelain")


def test_a_committed_run_is_beside_the_last_one_with_other_numbers(clone):
    first = clone.run("git", "log", "-1", "--format=%h").strip()
    run(clone, 0.2)
    longer = 12 * " and more"
    clone.run("git", "commit", "--quiet", "--all", "--message", f"Half <b>{longer}")
    second = clone.run("git", "log", "-1", f"--format=%h (%as, Half &lt;b&gt;{longer})").strip()
    (clone.folder / "CHANGELOG.md").write_text("")
    clone.run("git", "commit", "--quiet", "--all", "--message", "No run")
    clone.run(*MAKE, "report")
    page = page_of(clone)
    assert f"Beside commit {first}<" in page
    assert f"This run: {second}." in page
    assert "<td>0.25</td><td>0.2</td><td>-0.05</td>" in page
    clone.run(*MAKE, "report", "BASE=HEAD")
    assert "<td>0.2</td><td>0.2</td><td>0</td>" in page_of(clone)


def test_numbers_that_nobody_ran_are_red(clone):
    clone.replace("params.yaml", "^seed: .*", "seed: 7")
    clone.run(*MAKE, "report")
    line = "prepare, finetune, evaluate: parameter seed is 7, 1 in dvc.lock"
    assert f'<p class="banner worse"><b>Nobody ran these numbers.</b> {line}</p>' in page_of(clone)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (Path.unlink, "metrics/report.html: not there, run: dvc repro"),
        (
            lambda path: path.write_text("of another run"),
            "metrics/report.html: not the one of dvc.lock, run: dvc repro",
        ),
    ],
)
def test_a_page_that_cannot_be_made_is_a_line(clone, change, fault):
    change(clone.folder / REPORT)
    output = clone.run("python", "-m", "review.page", status=1)
    assert output == f"report: {fault}\n"


def test_the_only_run_has_nothing_beside_it(clone):
    clone.run("git", "checkout", "--quiet", "--orphan", "alone")
    clone.commit()
    output = clone.run("python", "-m", "review.page", status=1)
    assert output == "report: no other run is committed, name a revision to compare with\n"


def test_a_base_that_is_no_revision_is_a_line(clone):
    output = clone.run("python", "-m", "review.page", "nosuch", status=1)
    assert output.startswith("report: nosuch: ")
    assert len(output.splitlines()) == 1
