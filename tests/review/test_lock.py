"""dvc.lock against what is there, in clones that have neither data nor a cache."""

import pytest

from review.lock import COMMAND
from tests.clone import MAKE, Clone


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Clone:
    clone = Clone.of_working_tree(tmp_path_factory.mktemp("lock"))
    clone.lock_as_it_is()
    clone.commit()
    return clone.cloned(clone.folder.parent / "plain")


@pytest.fixture
def clone(repository) -> Clone:
    repository.run("git", "checkout", "--quiet", ".")
    return repository


def test_a_lock_of_what_is_there_holds(clone):
    assert "are those of the parameters, code and data here" in clone.run(*MAKE, "locked")


@pytest.mark.parametrize(
    ("name", "pattern", "text", "line"),
    [
        (
            "params.yaml",
            "^  learning_rate: .*",
            "  learning_rate: 5e-3",
            "finetune, evaluate: parameter finetune.learning_rate is 0.005, 0.0005 in dvc.lock",
        ),
        (
            "params.yaml",
            "^seed: .*",
            "seed: 7",
            "prepare, finetune, evaluate: parameter seed is 7, 1 in dvc.lock",
        ),
        (
            "stages/finetune.py",
            "^import torch$",
            "import torch as torch",
            "finetune: changed since the run: stages/finetune.py",
        ),
        (
            "data/raw/demo/corpus.yaml",
            "^name: demo",
            "name: other",
            "prepare: changed since the run: data/raw",
        ),
        (
            "metrics/evaluate.json",
            '"recordings"',
            '"hours"',
            "evaluate: metrics/evaluate.json is not the file that the run wrote",
        ),
        (
            "dvc.lock",
            "^    cmd: python -m stages.prepare .*",
            "    cmd: python -m stages.prepare",
            "prepare: the command in dvc.yaml changed",
        ),
    ],
)
def test_each_difference_is_a_line_and_the_command_is_the_last(clone, name, pattern, text, line):
    clone.replace(name, pattern, text)
    output = clone.run(*MAKE, "locked", status=2)
    assert f"locked: {line}\n" in output
    assert f"dvc.lock is not current: {COMMAND}\n" in output
    assert "No such file" not in output


def test_a_merge_that_took_half_of_the_lock_from_each_side_is_a_difference(clone):
    lock = (clone.folder / "dvc.lock").read_text()
    entry = lock.index("- path: data/prepared", lock.index("\n  finetune:"))
    start = lock.index("md5: ", lock.index("hash: md5", entry) + len("hash: md5")) + len("md5: ")
    other = f"{lock[:start]}{32 * '0'}{lock[start + 32 :]}"
    (clone.folder / "dvc.lock").write_text(other)
    output = clone.run(*MAKE, "locked", status=2)
    assert "locked: finetune: data/prepared in dvc.lock is not what prepare wrote\n" in output


def test_a_missing_metrics_file_is_a_difference(clone):
    (clone.folder / "metrics" / "finetune.json").unlink()
    output = clone.run(*MAKE, "locked", status=2)
    assert "locked: finetune: metrics/finetune.json is missing\n" in output


def test_data_of_dvc_that_is_not_in_the_clone_is_not_compared(clone, tmp_path):
    """A colleague's clone without `dvc pull`: what data/raw holds cannot be hashed there."""
    other = clone.cloned(tmp_path / "other")
    calls = other.folder / "data" / "raw" / "calls"
    calls.mkdir()
    (calls / "a.wav").write_bytes(b"RIFF")
    other.run("dvc", "add", "data/raw/calls")
    other.lock_as_it_is()
    other.commit()
    plain = other.cloned(tmp_path / "plain")
    assert "are those of the parameters" in plain.run(*MAKE, "locked")
    plain.replace("params.yaml", "^opset: .*", "opset: 17")
    assert "opset is 17, 16 in dvc.lock" in plain.run(*MAKE, "locked", status=2)


def test_a_lock_that_is_no_yaml_is_a_fault(clone):
    (clone.folder / "dvc.lock").write_text("schema: [")
    output = clone.run(*MAKE, "locked", status=2)
    assert "Traceback" not in output
    assert "dvc.lock" in output


def test_a_clone_where_nothing_ran_names_the_stages(clone):
    (clone.folder / "dvc.lock").unlink()
    output = clone.run(*MAKE, "locked", status=2)
    assert "locked: prepare, finetune, export_onnx, evaluate: never ran, dvc.lock" in output
