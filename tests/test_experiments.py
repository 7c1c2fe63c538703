"""docs/experiments.md as tests: queued experiments, a remote, registered models."""

import csv
import filecmp
import io
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import onnx
import pytest

from tests.clone import STAGES, Clone, stages_run

pytestmark = pytest.mark.slow

LONGEST_WAIT_S = 900


def wait_for_queue(clone: Clone) -> None:
    end_s = time.monotonic() + LONGEST_WAIT_S
    while "Running" in (status := clone.run("dvc", "queue", "status")) or "Queued" in status:
        assert time.monotonic() < end_s, status
        time.sleep(2)


def processes_in(folder: Path) -> Iterator[tuple[int, str]]:
    """Number and command of each process that works in `folder` or below it."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink().is_relative_to(folder):
                yield int(entry.name), (entry / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue


def experiments(clone: Clone) -> dict[str, dict]:
    """Rows of `dvc exp show` by opset."""
    table = clone.run("dvc", "exp", "show", "--csv")
    rows = csv.DictReader(io.StringIO(table))
    return {row["opset"]: row for row in rows if row["State"]}


def opset_of(clone: Clone, name: str = "silero_vad.onnx") -> int:
    return onnx.load(clone.folder / "models" / name).opset_import[0].version


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Clone:
    """Three queued experiments that have run in a clone with no cache, where nothing had run."""
    folder = tmp_path_factory.mktemp("experiments")
    clone = Clone.of_working_tree(folder / "origin").cloned(folder / "clone")
    clone.run("dvc", "exp", "run", "--queue", "-S", "opset=15,16,17")
    clone.run("dvc", "queue", "start", "-j", "2")
    wait_for_queue(clone)
    return clone


def test_every_queued_experiment_succeeds_and_leaves_the_working_tree(clone):
    assert {opset: row["State"] for opset, row in experiments(clone).items()} == dict.fromkeys(
        ("15", "16", "17"), "Success"
    )
    assert clone.run("git", "status", "--porcelain") == ""
    assert not (clone.folder / "models" / "silero_vad.onnx").exists()


def test_metrics_of_the_experiments_are_equal_but_for_the_opset(clone):
    """The operator set is not a parameter of the result; six digits are written."""
    scores = {row["error_rate.demo"] for row in experiments(clone).values()}
    assert len(scores) == 1
    assert 0 < float(scores.pop()) < 1


def test_queue_goes_on_after_its_workers_were_killed(tmp_path):
    """The commands of docs/troubleshooting.md."""
    clone = Clone.of_working_tree(tmp_path)
    clone.run("dvc", "exp", "run", "--queue", "-S", "opset=15,16")
    # The worker keeps what `dvc queue start` writes to, and a pipe would be open until it ends.
    clone.run("sh", "-c", "dvc queue start > log.txt 2>&1")
    end_s = time.monotonic() + LONGEST_WAIT_S
    while not any("-m stages." in command for _, command in processes_in(tmp_path)):
        assert time.monotonic() < end_s
        time.sleep(0.1)
    for process, _ in list(processes_in(tmp_path)):
        os.kill(process, signal.SIGKILL)
    assert "Running" in clone.run("dvc", "queue", "status")
    clone.run("dvc", "queue", "stop", "--kill")
    assert "Running" not in clone.run("dvc", "queue", "status")
    clone.run("dvc", "queue", "remove", "--failed")
    clone.run("dvc", "queue", "start")
    wait_for_queue(clone)
    assert [row["State"] for row in experiments(clone).values()] == ["Success"]


def test_apply_brings_parameters_metrics_and_models(clone):
    clone.run("dvc", "exp", "apply", experiments(clone)["17"]["Experiment"])
    assert opset_of(clone) == opset_of(clone, "silero_vad_sequence.onnx") == 17
    assert stages_run(clone.run("dvc", "repro")) == []
    clone.run("git", "checkout", "--quiet", ".")
    clone.run("git", "clean", "--quiet", "--force", "-d")


def test_branch_makes_a_git_branch_to_review(clone):
    clone.run("dvc", "exp", "branch", experiments(clone)["15"]["Experiment"], "opset-15")
    clone.run("git", "checkout", "--quiet", "opset-15")
    clone.run("dvc", "checkout", "--force")
    assert opset_of(clone) == 15
    assert "Data and pipelines are up to date" in clone.run("dvc", "status")
    assert re.search("opset +16 +15", clone.run("dvc", "params", "diff", "main"))
    clone.run("git", "checkout", "--quiet", "main")


@pytest.fixture(scope="module")
def stored(clone) -> Clone:
    """The experiment of opset 16 as main, committed and pushed to a folder remote."""
    clone.run("dvc", "exp", "apply", experiments(clone)["16"]["Experiment"])
    clone.run("dvc", "remote", "add", "--default", "store", "../store")
    clone.commit()
    assert "pushed" in clone.run("dvc", "push", "--run-cache")
    return clone


def test_pull_brings_what_was_pushed(stored, tmp_path):
    other = fresh(stored, tmp_path)
    other.run("dvc", "pull")
    for name in ("finetuned.safetensors", "silero_vad.onnx", "silero_vad_sequence.onnx"):
        assert filecmp.cmp(stored.folder / "models" / name, other.folder / "models" / name, False)
    assert "Data and pipelines are up to date" in other.run("dvc", "status")


def test_repro_pull_runs_what_changed_and_fetches_the_rest(stored, tmp_path):
    other = fresh(stored, tmp_path)
    assert stages_run(other.run("dvc", "repro", "--pull")) == []
    other.replace("params.yaml", "^opset: .*", "opset: 18")
    assert stages_run(other.run("dvc", "repro", "--pull")) == STAGES[2:]
    assert opset_of(other) == 18


def test_a_registered_version_is_found_by_its_number_and_its_stage(stored, tmp_path):
    model = stored.folder / "models" / "silero_vad.onnx"
    stored.run("gto", "register", "silero-vad", "--version", "v0.1.0")
    stored.run("gto", "assign", "silero-vad", "--version", "v0.1.0", "--stage", "prod")
    first = model.read_bytes()
    stored.run("dvc", "exp", "run", "-S", "opset=19")
    stored.commit()
    stored.run("dvc", "push")
    stored.run("gto", "register", "silero-vad", "--version", "v0.2.0")
    for option, value, expected in (
        ("--rev", "v0.1.0", first),
        ("--rev", "v0.2.0", model.read_bytes()),
        ("--stage", "prod", first),
    ):
        path = tmp_path / "fetched.onnx"
        get = ("dvc", "artifacts", "get", str(stored.folder), "silero-vad", option, value)
        stored.run(*get, "--force", "--out", str(path))
        assert path.read_bytes() == expected
    assert model.read_bytes() != first


def fresh(stored: Clone, folder: Path) -> Clone:
    """A clone with no cache that finds the remote, whose path is relative to the clone."""
    other = stored.cloned(folder / "fresh")
    other.run("dvc", "remote", "modify", "--local", "store", "url", str(stored.folder / "../store"))
    return other


@pytest.mark.parametrize(
    ("key", "values"), [("opset", (17, 18, 17)), ("sample_rate", (8000, 16000))]
)
def test_a_value_that_was_tried_before_comes_back_from_the_run_cache(stored, tmp_path, key, values):
    """The clone has run 16 kHz itself, so the last value of each has been tried before."""
    other = fresh(stored, tmp_path)
    other.run("dvc", "repro")
    *first, again = (other.run("dvc", "exp", "run", "-S", f"{key}={value}") for value in values)
    assert all(map(stages_run, first))
    assert stages_run(again) == []
    path = "models/silero_vad_sequence.onnx" if key == "opset" else "metrics/prepare.json"
    assert (other.folder / path).is_file()
