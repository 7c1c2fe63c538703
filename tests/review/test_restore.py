"""A dvc.lock that was cut off at any byte, with and without a commit of it."""

import random

import pytest

from review.restore import is_readable, restore
from tests.clone import MAKE, Clone


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Clone:
    clone = Clone.of_working_tree(tmp_path_factory.mktemp("restore"))
    clone.lock_as_it_is()
    clone.commit()
    return clone


def test_a_file_that_was_cut_off_is_the_committed_one_again(clone):
    path = clone.folder / "dvc.lock"
    whole = path.read_bytes()
    draw, cut_off = random.Random(1), 0
    for _ in range(40):
        path.write_bytes(whole[: draw.randrange(len(whole))])
        was_readable = is_readable(clone.folder)
        done = restore(clone.folder)
        assert is_readable(clone.folder)
        if was_readable:
            assert done == ""
        else:
            cut_off += 1
            assert done.endswith("the one of the last commit is back")
            assert path.read_bytes() == whole
    assert cut_off > 10


def test_one_that_was_never_committed_is_removed(clone, tmp_path):
    for name in ("dvc.yaml", ".dvc/config"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((clone.folder / name).read_bytes())
    (tmp_path / ".dvc" / "config").write_text("[core]\nno_scm = true\n")
    (tmp_path / "dvc.lock").write_text("schema: '2.0'\nstages:\n  prepare:\n    cmd:\n")
    assert restore(tmp_path).endswith("removed")
    assert not (tmp_path / "dvc.lock").exists()
    assert restore(tmp_path) == ""


def test_an_unfinished_merge_is_left_to_its_author(clone):
    text = "<<<<<<< HEAD\nschema: '2.0'\n=======\n>>>>>>> other\n"
    (clone.folder / "dvc.lock").write_text(text)
    assert restore(clone.folder) == ""
    assert (clone.folder / "dvc.lock").read_text() == text
    clone.run("git", "checkout", "--quiet", "dvc.lock")


def test_make_repro_restores_it(clone):
    clone.replace("dvc.yaml", "^stages:$", "stages: []  # none")
    path = clone.folder / "dvc.lock"
    path.write_text(path.read_text().rpartition(" md5\n")[0])
    assert "the one of the last commit is back" in clone.run(*MAKE, "repro", status=2)
