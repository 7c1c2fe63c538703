"""The workflows as far as they can be tried without GitHub, and the make targets that they run."""

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.clone import MAKE, REPOSITORY, Clone
from vad.schema import load_yaml

FOLDER = REPOSITORY / ".github" / "workflows"
WORKFLOWS = {path.stem: load_yaml(path) for path in FOLDER.glob("*.yml")}
TARGETS = set(re.findall(r"^([\w-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
# What github-script gives to a script: a client, here one that notes what it is asked.
GITHUB = """
const calls = []
const note = name => async values => { calls.push([name, values]) }
const github = {
  paginate: async (list, values) => list(values),
  rest: {
    pulls: { list: ({ head }) => PULLS.filter(pull => pull.label === head) },
    issues: {
      listComments: () => COMMENTS,
      createComment: note('create'),
      updateComment: note('update'),
    },
  },
}
const run = {
  head_repository: { owner: { login: 'someone' } },
  head_branch: 'tuning',
  head_sha: 'abc',
  html_url: 'log',
}
const context = { repo: { owner: 'us', repo: 'vad' }, payload: { workflow_run: run } }
const script = async () => { SCRIPT }
script().then(() => console.log(JSON.stringify(calls)))
"""
PULL = {"number": 7, "label": "someone:tuning", "head": {"sha": "abc"}}
OURS = {"id": 3, "user": {"type": "Bot"}, "body": "<!-- make review -->\nold"}


def steps(workflow: dict) -> list[dict]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_command_is_a_make_target(name):
    for step in steps(WORKFLOWS[name]):
        for line in step.get("run", "").splitlines():
            words = [word for word in line.split() if not word.startswith("-")]
            assert words[0] == "make", line
            assert words[1] in TARGETS, line


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_action_is_a_commit_with_its_version_as_a_comment(name):
    text = (FOLDER / f"{name}.yml").read_text(encoding="utf-8")
    uses = re.findall(r"\buses:.*", text)
    assert uses
    for line in uses:
        assert re.fullmatch(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", line), line


def test_one_action_has_one_commit_in_all_workflows():
    actions = {
        step["uses"] for name in WORKFLOWS for step in steps(WORKFLOWS[name]) if "uses" in step
    }
    assert len({action.split("@")[0] for action in actions}) == len(actions)


def test_the_matrix_and_the_readme_have_the_python_versions_of_the_project():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = WORKFLOWS["ci"]["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert [f"Programming Language :: Python :: {version}" for version in versions] == (
        project["classifiers"]
    )
    assert project["requires-python"] == f">={versions[0]}"
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert f"Python {versions[0]} to {versions[-1]}," in readme


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_workflow_that_runs_code_of_a_pull_request_may_write(name):
    workflow = WORKFLOWS[name]
    runs_code = any("run" in step or "checkout" in step.get("uses", "") for step in steps(workflow))
    may_write = "write" in workflow["permissions"].values()
    assert runs_code != may_write
    assert "pull_request_target" not in workflow["on"]
    assert "secrets." not in (FOLDER / f"{name}.yml").read_text(encoding="utf-8")
    assert all("permissions" not in job for job in workflow["jobs"].values())


def test_the_review_has_the_whole_history_and_the_comment_waits_for_it():
    (checkout,) = [s for s in steps(WORKFLOWS["review"]) if "checkout" in s.get("uses", "")]
    assert checkout["with"]["fetch-depth"] == 0
    assert WORKFLOWS["comment"]["on"]["workflow_run"]["workflows"] == [WORKFLOWS["review"]["name"]]
    uploads, downloads = (
        [s["with"]["name"] for s in steps(WORKFLOWS[name]) if "artifact" in s.get("uses", "")]
        for name in ("review", "comment")
    )
    assert uploads == downloads


def comment(folder: Path, pulls: list[dict], comments: list[dict], text: str = "new") -> list:
    """The calls that the script of comment.yml makes."""
    if not shutil.which("node"):
        pytest.skip("node runs the script, and is not installed")
    (script,) = [s["with"]["script"] for s in steps(WORKFLOWS["comment"]) if "script" in s["with"]]
    (folder / "review.md").write_text(text, encoding="utf-8")
    source = GITHUB.replace("SCRIPT", script)
    source = source.replace("PULLS", json.dumps(pulls)).replace("COMMENTS", json.dumps(comments))
    (folder / "script.cjs").write_text(source, encoding="utf-8")
    return json.loads(subprocess.check_output(["node", "script.cjs"], cwd=folder))


def test_the_first_review_is_a_new_comment(tmp_path):
    foreign = {"id": 2, "user": {"type": "User"}, "body": OURS["body"]}
    ((name, values),) = comment(tmp_path, [PULL], [foreign])
    assert (name, values["issue_number"]) == ("create", 7)
    assert values["body"] == "<!-- make review -->\nnew"


def test_the_next_review_rewrites_it(tmp_path):
    ((name, values),) = comment(tmp_path, [PULL], [OURS])
    assert (name, values["comment_id"]) == ("update", 3)


def test_a_review_of_an_older_push_and_of_another_branch_writes_nothing(tmp_path):
    older = PULL | {"head": {"sha": "def"}}
    other = PULL | {"label": "someone:other"}
    assert comment(tmp_path, [older, other], []) == []


def test_a_review_that_failed_points_to_its_log(tmp_path):
    ((_, values),) = comment(tmp_path, [PULL], [], text="")
    assert values["body"].endswith("No review, see [its log](log).")


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Clone:
    """With a remote named origin, as GitHub's checkout has it."""
    clone = Clone.of_working_tree(tmp_path_factory.mktemp("workflows"))
    clone.run("git", "remote", "add", "origin", ".")
    clone.run("git", "fetch", "--quiet", "origin")
    return clone


def step(clone: Clone, target: str, summary: str, status: int = 0) -> None:
    """Run the line of review.yml with `target` in its shell; `summary` takes the step summary."""
    (line,) = [s["run"] for s in steps(WORKFLOWS["review"]) if f" {target} " in s.get("run", "")]
    line = line.replace("make", shlex.join(MAKE), 1)
    variables = ("GITHUB_BASE_REF=main", f"GITHUB_STEP_SUMMARY={summary}")
    clone.run("env", *variables, "bash", "-eo", "pipefail", "-c", line, status=status)


def test_the_line_of_the_review_writes_the_summary_and_the_artifact(clone):
    step(clone, "review", "summary.md")
    for name in ("review.md", "summary.md"):
        assert (clone.folder / name).read_text().startswith("## Review against `origin/main`")


def test_the_base_of_a_review_is_never_shell_code(clone):
    for base in ("main'; touch ran; '", "main; touch ran", "`touch ran`", "--help"):
        output = clone.run(*MAKE, "review", f"BASE={base}", status=2)
        assert base in output
    assert not (clone.folder / "ran").exists()


def test_the_line_of_the_review_fails_with_a_gate_and_still_writes(clone):
    gate = "gates: [{metric: none, group: all, against: base, largest_drop: 0}]"
    (clone.folder / "gates.yaml").write_text(gate)
    step(clone, "review", "failed.md", status=2)
    assert "FAILED: metric absent" in (clone.folder / "failed.md").read_text()
