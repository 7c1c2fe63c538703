"""The command as a reviewer runs it, in a clone that never ran the pipeline and has no remote."""

import json

import pytest

from tests.clone import Clone

HEAD = "section,name,metric,published,finetuned,difference,low,high\n"
ROW = "domain,demo,detection_error_rate,0.3,{rate},{change},-0.2,-0.1\n"
GATES = """
gates:
  - {metric: detection_error_rate, group: domain, against: base, largest_rise: 0.01}
  - {metric: detection_error_rate, group: domain, against: published, largest_rise: 0}
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Clone:
    """Metrics that a run could have written, with a lock file that belongs to them."""
    clone = Clone.of_working_tree(tmp_path_factory.mktemp("review"))
    (clone.folder / "gates.yaml").write_text(GATES, encoding="utf-8")
    write_metrics(clone, 0.2)
    clone.lock_as_it_is()
    clone.commit()
    return clone


@pytest.fixture
def clone(repository) -> Clone:
    repository.run("git", "checkout", "--quiet", ".")
    return repository


def write_metrics(clone: Clone, rate: float) -> None:
    metrics = clone.folder / "metrics"
    numbers = {"error_rate": {"demo": rate}, "recordings": {"demo": 9}}
    (metrics / "evaluate.json").write_text(json.dumps(numbers), encoding="utf-8")
    table = HEAD + ROW.format(rate=rate, change=round(rate - 0.3, 6))
    (metrics / "evaluation.csv").write_text(table, encoding="utf-8")


def test_one_changed_parameter_that_was_run_and_what_it_did(clone):
    clone.replace("params.yaml", r"^opset: 16", "opset: 17")
    write_metrics(clone, 0.19)
    clone.lock_as_it_is()
    output = clone.run("python", "-m", "review", "main")
    assert output.startswith("## Review against `main`\n\n- Better on demo (9 recordings): ")
    assert "**Gates: 2 of 2 hold.**" in output
    assert "Parameters: opset 16 → 17." in output
    assert "| error_rate.demo | 0.2 | 0.19 | -0.01 |" in output


def test_a_parameter_that_nobody_ran_is_red_and_the_exit_status(clone):
    clone.replace("params.yaml", r"^  learning_rate: .*", "  learning_rate: 5e-3")
    output = clone.run("python", "-m", "review", "main", status=1)
    head = output[: output.index("Gates:")]
    line = "finetune, evaluate: parameter finetune.learning_rate is 0.005, 0.0005 in dvc.lock"
    assert "🔴 **Nobody ran these numbers" in head
    assert f"- {line}\n" in head
    assert f"review: not run: {line}\n" in output


def test_a_gate_that_fails_is_the_exit_status_and_a_line(clone):
    write_metrics(clone, 0.25)
    clone.lock_as_it_is()
    output = clone.run("python", "-m", "review", "main", status=1)
    line = "detection_error_rate of domain demo: 0.2 in main, 0.25 here, allowed is a rise of 0.01"
    assert output.splitlines()[-1] == f"review: gate failed: {line}"
    assert f"🔴 **Gates: 1 of 2 hold.**\n\n- {line}\n" in output


def test_a_reader_that_stops_early_sees_no_traceback(clone):
    """As in make review | head."""
    output = clone.run("bash", "-c", "python -m review main | true")
    assert output == ""


def test_a_wrong_base_is_one_line(clone):
    output = clone.run("python", "-m", "review", "no-such-branch", status=2)
    assert output == "review: no-such-branch: unknown Git revision 'no-such-branch'\n"


def test_a_wrong_gate_is_one_line(clone):
    wrong = "group: everywhere, against: published"
    clone.replace("gates.yaml", "group: domain, against: published", wrong)
    output = clone.run("python", "-m", "review", "main", status=2)
    assert output.startswith("review: gates.yaml: 'gates.1.group' is ")
    assert len(output.splitlines()) == 1


def test_metrics_that_are_missing_are_named(clone):
    (clone.folder / "metrics" / "evaluate.json").unlink()
    output = clone.run("python", "-m", "review", "main", status=2)
    assert output.startswith("review: working tree: ")
    assert "metrics/evaluate.json" in output
    assert len(output.splitlines()) == 1


def test_another_working_tree_is_judged_by_the_gates_here(clone, tmp_path):
    """As review.yml does: the pull request has removed its gates, and is no repository of ours."""
    other = clone.cloned(tmp_path / "pull")
    write_metrics(other, 0.4)
    (other.folder / "gates.yaml").write_text("gates: []")
    output = clone.run("python", "-m", "review", "main", str(other.folder), status=1)
    assert "0.2 in main, 0.4 here, allowed is a rise of 0.01" in output
    assert "not run: evaluate: metrics/evaluate.json is not the file that the run wrote" in output


@pytest.mark.parametrize("value", ["much", True, float("inf"), 10**400])
def test_a_metric_that_is_no_number_is_a_fault(clone, value):
    metrics = {"error_rate": {"demo": value}}
    (clone.folder / "metrics" / "evaluate.json").write_text(json.dumps(metrics))
    output = clone.run("python", "-m", "review", "main", status=2)
    assert output.startswith("review: working tree: 'error_rate.demo' is ")
    assert len(output.splitlines()) == 1
