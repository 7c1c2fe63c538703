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
    issues: {
      listComments: () => COMMENTS,
      createComment: note('create'),
      updateComment: note('update'),
    },
  },
}
const payload = PAYLOAD
const context = { repo: { owner: 'us', repo: 'vad' }, runId: 5, serverUrl: 'https://x', payload }
const script = async () => { SCRIPT }
script().then(() => console.log(JSON.stringify(calls)))
"""
# Of a pull request whose fork is deleted.
PAYLOAD = {"pull_request": {"number": 7, "base": {"ref": "main"}, "head": {"repo": None}}}
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


def jobs() -> list[tuple[dict, dict]]:
    """Each job with its workflow."""
    return [(workflow, job) for workflow in WORKFLOWS.values() for job in workflow["jobs"].values()]


def test_no_job_that_runs_code_may_write():
    for workflow, job in jobs():
        permissions = job.get("permissions", workflow["permissions"])
        runs_code = any("run" in s or "checkout" in s.get("uses", "") for s in job["steps"])
        assert runs_code != ("write" in permissions.values())


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_workflow_has_a_secret(name):
    assert "secrets." not in (FOLDER / f"{name}.yml").read_text(encoding="utf-8")


def test_the_review_reads_the_pull_request_and_runs_the_base_branch():
    """pull_request would take the workflow itself from the pull request."""
    assert "pull_request_target" in WORKFLOWS["review"]["on"]
    assert not any("pull_request_target" in w["on"] for n, w in WORKFLOWS.items() if n != "review")
    job = WORKFLOWS["review"]["jobs"]["review"]
    checkouts = [step["with"] for step in job["steps"] if "checkout" in step.get("uses", "")]
    assert [checkout.get("path") for checkout in checkouts] == [None, "pull"]
    assert checkouts[0]["ref"] == "${{ github.base_ref }}"
    assert not any(checkout["persist-credentials"] for checkout in checkouts)
    [line] = [step["run"] for step in job["steps"] if "run" in step]
    assert "FOLDER=pull" in line
    assert "${{" not in line


def test_the_comment_has_what_the_review_uploads():
    uploads, downloads = (
        [s["with"]["name"] for s in job["steps"] if f"{kind}-artifact" in s.get("uses", "")]
        for job, kind in zip(
            WORKFLOWS["review"]["jobs"].values(), ("upload", "download"), strict=True
        )
    )
    assert uploads == downloads


def comment(folder: Path, comments: list[dict], text: str | None = "new") -> list:
    """The calls that the script of review.yml makes."""
    if not shutil.which("node"):
        pytest.skip("node runs the script, and is not installed")
    [script] = [
        s["with"]["script"] for s in steps(WORKFLOWS["review"]) if "script" in s.get("with", {})
    ]
    if text is not None:
        (folder / "review.md").write_text(text, encoding="utf-8")
    source = GITHUB.replace("SCRIPT", script)
    source = source.replace("PAYLOAD", json.dumps(PAYLOAD)).replace(
        "COMMENTS", json.dumps(comments)
    )
    (folder / "script.cjs").write_text(source, encoding="utf-8")
    return json.loads(subprocess.check_output(["node", "script.cjs"], cwd=folder))


def test_the_first_review_is_a_new_comment_that_names_its_judge(tmp_path):
    foreign = {"id": 2, "user": {"type": "User"}, "body": OURS["body"]}
    nobody = {"id": 1, "user": None, "body": OURS["body"]}
    ((name, values),) = comment(tmp_path, [foreign, nobody])
    assert (name, values["issue_number"]) == ("create", 7)
    assert values["body"].startswith(
        "<!-- make review -->\nnew\n\nCode and gates of this review are"
    )
    assert "those of `main`" in values["body"]
    assert (
        "`curves.html` in the artifact of [this run](https://x/us/vad/actions/runs/5)"
        in (values["body"])
    )


def test_the_next_review_rewrites_it(tmp_path):
    ((name, values),) = comment(tmp_path, [OURS])
    assert (name, values["comment_id"]) == ("update", 3)


@pytest.mark.parametrize("text", ["", None])
def test_a_review_that_failed_points_to_its_log(tmp_path, text):
    ((_, values),) = comment(tmp_path, [OURS], text)
    assert "No review, see [its log](https://x/us/vad/actions/runs/5)." in values["body"]


def test_a_long_review_fits_into_a_comment(tmp_path):
    ((_, values),) = comment(tmp_path, [OURS], "x" * 70000)
    assert len(values["body"]) < 65536


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Clone:
    """With a remote named origin and a pull request in a folder, as GitHub's checkouts have it."""
    clone = Clone.of_working_tree(tmp_path_factory.mktemp("workflows"))
    clone.lock_as_it_is()
    clone.commit()
    clone.run("git", "remote", "add", "origin", ".")
    clone.run("git", "fetch", "--quiet", "origin")
    clone.cloned(clone.folder / "pull")
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
    assert "<b>ROC</b>" in (clone.folder / "curves.html").read_text()


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
