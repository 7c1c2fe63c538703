"""Files of DVC that were cut off at any byte, with and without a commit."""

import random

import pytest
from dvc.repo import Repo

from review.restore import restore
from tests.clone import MAKE, Clone

BACK = "dvc.lock was cut off by a run that was killed: the committed one is back"


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Clone:
    clone = Clone.of_working_tree(tmp_path_factory.mktemp("restore"))
    clone.lock_as_it_is()
    clone.commit()
    return clone


@pytest.fixture
def clone(repository) -> Clone:
    repository.run("git", "checkout", "--quiet", ".")
    return repository


def cut_off(clone: Clone) -> None:
    """Leave a dvc.lock that has no value after its last `hash:`."""
    path = clone.folder / "dvc.lock"
    path.write_text(path.read_text().rpartition(" md5\n")[0])


def test_a_lock_that_was_cut_off_is_the_committed_one_again(clone):
    path = clone.folder / "dvc.lock"
    whole = path.read_bytes()
    draw, restored = random.Random(1), 0
    for _ in range(40):
        first = whole[: draw.randrange(len(whole))]
        path.write_bytes(first)
        done = restore(clone.folder)
        assert done in ([], [BACK])
        assert path.read_bytes() == (whole if done else first)
        assert restore(clone.folder) == []
        restored += bool(done)
    assert restored > 10


def test_a_lock_that_was_never_committed_is_removed(clone, tmp_path):
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "dvc.yaml").write_bytes((clone.folder / "dvc.yaml").read_bytes())
    (tmp_path / ".dvc" / "config").write_text("[core]\nno_scm = true\n")
    (tmp_path / "dvc.lock").write_text("schema: '2.0'\nstages:\n  prepare:\n    cmd:\n")
    assert restore(tmp_path) == ["dvc.lock was cut off by a run that was killed: removed"]
    assert not (tmp_path / "dvc.lock").exists()
    assert restore(tmp_path) == []


def test_an_unfinished_merge_is_left_to_its_author(clone):
    text = "<<<<<<< HEAD\nschema: '2.0'\n=======\n>>>>>>> other\n"
    (clone.folder / "dvc.lock").write_text(text)
    assert restore(clone.folder) == []
    assert (clone.folder / "dvc.lock").read_text() == text


@pytest.mark.parametrize("text", ["", '{"write": {"/a', '{"write": {"/a": {}}}'])
def test_a_list_of_files_in_use_that_was_cut_off_is_removed(clone, text):
    path = clone.folder / ".dvc" / "tmp" / "rwlock"
    path.write_text(text)
    assert restore(clone.folder) == [f"{path} was cut off by a run that was killed: removed"]
    assert not path.exists()


def test_files_of_a_command_that_runs_are_left_alone(clone):
    cut_off(clone)
    with Repo(str(clone.folder)) as repo, repo.lock:
        assert clone.run("python", "-m", "review.restore") == ""
    assert clone.run("python", "-m", "review.restore") == f"{BACK}\n"


def test_make_repro_restores_them(clone):
    clone.replace("dvc.yaml", "^stages:$", "stages: []  # none")
    cut_off(clone)
    assert BACK in clone.run(*MAKE, "repro", status=2)
