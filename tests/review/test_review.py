"""The command as a reviewer runs it, in a clone that never ran the pipeline and has no remote."""

import json

import pytest

from tests.clone import Clone

METRICS = {
    "published": {"all": {"f1": 0.8}, "domain": {"demo": {"f1": 0.8}}},
    "finetuned": {"all": {"f1": 0.9}, "domain": {"demo": {"f1": 0.9}}},
    "difference": {"all": {"f1": {"mean": 0.1, "low": 0.05, "high": 0.15}}},
}
GATES = """
gates:
  - {metric: f1, group: domain, against: base, largest_drop: 0.01}
  - {metric: f1, group: all, against: published, largest_drop: 0}
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Clone:
    clone = Clone.of_working_tree(tmp_path_factory.mktemp("review"))
    write_metrics(clone, METRICS)
    (clone.folder / "gates.yaml").write_text(GATES, encoding="utf-8")
    clone.commit()
    return clone


@pytest.fixture
def clone(repository) -> Clone:
    repository.run("git", "checkout", "--quiet", ".")
    return repository


def write_metrics(clone: Clone, metrics: dict) -> None:
    (clone.folder / "metrics" / "evaluate.json").write_text(json.dumps(metrics), encoding="utf-8")


def test_one_changed_parameter_and_what_it_did(clone):
    clone.replace("params.yaml", r"^opset: 16", "opset: 17")
    tuned = {"all": {"f1": 0.92}, "domain": {"demo": {"f1": 0.895}}}
    write_metrics(clone, METRICS | {"finetuned": tuned})
    output = clone.run("python", "-m", "review", "main")
    assert output.startswith("## Review against `main`\n\n**Gates: 2 of 2 hold.**")
    assert "| opset | 16 | 17 |" in output
    assert "| all | f1 | 0.9 | 0.92 | +0.02 | +0.1 (+0.05 to +0.15) |" in output
    assert "| domain demo | f1 | 0.9 | 0.895 | -0.005 | +0.095 |" in output


def test_a_gate_that_fails_is_the_exit_status_and_a_line(clone):
    tuned = {"all": {"f1": 0.9}, "domain": {"demo": {"f1": 0.85}}}
    write_metrics(clone, METRICS | {"finetuned": tuned})
    output = clone.run("python", "-m", "review", "main", status=1)
    line = "f1 of domain demo: 0.9 in main, 0.85 here, allowed is a drop of 0.01"
    assert output.splitlines()[-1] == f"review: gate failed: {line}"
    assert f"**Gates: 1 of 2 hold.**\n\n- {line}\n" in output


def test_a_wrong_base_is_one_line(clone):
    output = clone.run("python", "-m", "review", "no-such-branch", status=2)
    assert output == "review: no-such-branch: unknown Git revision 'no-such-branch'\n"


def test_a_wrong_gate_is_one_line(clone):
    clone.replace("gates.yaml", r"group: all", "group: everywhere")
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
    write_metrics(other, METRICS | {"finetuned": {"all": {"f1": 0.5}}, "difference": {}})
    (other.folder / "gates.yaml").write_text("gates: []")
    output = clone.run("python", "-m", "review", "main", str(other.folder), status=1)
    assert "f1 of all: 0.8 in published, 0.5 here, allowed is a drop of 0" in output


@pytest.mark.parametrize("value", ["much", True])
def test_a_metric_that_is_no_number_is_a_fault(clone, value):
    write_metrics(clone, METRICS | {"finetuned": {"all": {"f1": value}}})
    output = clone.run("python", "-m", "review", "main", status=2)
    assert output.startswith("review: working tree: 'finetuned.all.f1' is ")
    assert len(output.splitlines()) == 1
