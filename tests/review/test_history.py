"""The deciding metric of commits and experiments, in a clone that never ran the pipeline."""

import pytest

from tests.clone import MAKE, Clone

HEAD = "section,name,metric,published,finetuned,difference,low,high\n"


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Clone:
    clone = Clone.of_working_tree(tmp_path_factory.mktemp("history"))
    for rate in (0.2, 0.1):
        commit(clone, rate)
    (clone.folder / "CHANGELOG.md").write_text("No run")
    clone.commit()
    base = clone.run("git", "rev-parse", "HEAD").strip()
    commit(clone, 0.05)
    clone.run("git", "update-ref", f"refs/exps/{base[:2]}/{base[2:]}/gammy-sail", "HEAD")
    clone.run("git", "reset", "--quiet", "--hard", base)
    return clone


def commit(clone: Clone, rate: float) -> None:
    rows = (
        f"domain,demo,detection_error_rate,0.3,{rate},,,\nnoise,demo,false_alarm_rate,0.1,0.01,,,\n"
    )
    (clone.folder / "metrics" / "evaluation.csv").write_text(HEAD + rows)
    clone.commit()


def test_commits_come_newest_first_with_their_experiments(clone):
    lines = clone.run(*MAKE, "history").splitlines()
    assert lines[2].split() == ["commit", "date", "domain", "demo", "noise", "demo", "title"]
    rows = [line.split()[2:] for line in lines[3:]]
    assert rows[0][:2] == ["0.1", "0.01"]
    assert rows[1] == ["0.05", "0.01", "[gammy-sail]"]
    assert rows[2][:2] == ["0.2", "0.01"]


def test_without_git_it_is_one_line(clone, tmp_path):
    script = f"cd {tmp_path} && PYTHONPATH={clone.folder} python -m review.history"
    output = clone.run("env", f"GIT_CEILING_DIRECTORIES={tmp_path}", "bash", "-c", script, status=1)
    assert output.splitlines()[-1].startswith("history: git ")
    assert "Traceback" not in output
