import json
import math
import shutil
import subprocess
import sys
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest

from vad.artifacts import (
    locked,
    replacing,
    scratch,
    together,
    write_bytes,
    write_metrics,
    write_plot,
    write_text,
)
from vad.errors import VadError

REPOSITORY = Path(__file__).parents[1]
# Locks a path until its standard input ends.
HOLDER = """
import sys
from pathlib import Path
from vad.artifacts import locked
with locked(Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def test_outputs_appear_together_at_the_end(tmp_path):
    file, folder = tmp_path / "new" / "a.txt", tmp_path / "b"
    with replacing(file, folder) as (file_draft, folder_draft):
        file_draft.write_text("1")
        folder_draft.mkdir()
        (folder_draft / "c").write_text("2")
        assert not file.exists()
        assert not folder.exists()
    assert file.read_text() == "1"
    assert (folder / "c").read_text() == "2"
    assert names(tmp_path) == ["a.txt", "b", "c", "new"]


def test_previous_outputs_survive_an_error(tmp_path):
    file, folder = tmp_path / "a.txt", tmp_path / "b"
    file.write_text("old")
    folder.mkdir()
    (folder / "c").write_text("old")

    def interrupted():
        with replacing(file, folder) as (file_draft, folder_draft):
            file_draft.write_text("new")
            folder_draft.mkdir()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert file.read_text() == (folder / "c").read_text() == "old"
    assert names(tmp_path) == ["a.txt", "b", "c"]


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    for name in ("first", "second"):
        with replacing(tmp_path / "out") as (draft,):
            draft.mkdir()
            (draft / name).touch()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["second"]


def test_metrics_are_rounded_and_finite(tmp_path):
    path = tmp_path / "m.json"
    write_metrics(path, {"a": {"b": 1 / 3, "n": 2}})
    assert json.loads(path.read_text()) == {"a": {"b": 0.333333, "n": 2}}
    with pytest.raises(ValueError, match="must be finite"):
        write_metrics(path, {"a": math.nan})
    assert json.loads(path.read_text()) == {"a": {"b": 0.333333, "n": 2}}


def test_plots_are_rounded(tmp_path):
    write_plot(tmp_path / "plots" / "p.csv", pd.DataFrame({"x": [1 / 3], "y": [2]}))
    assert (tmp_path / "plots" / "p.csv").read_text() == "x,y\n0.333333,2\n"


def test_text_keeps_its_line_feeds(tmp_path):
    write_text(tmp_path / "pages" / "p.html", "a\nß\n")
    assert (tmp_path / "pages" / "p.html").read_bytes() == "a\nß\n".encode()


def test_what_is_written_together_appears_together(tmp_path):
    with together(tmp_path / "a.txt"):
        write_text(tmp_path / "a.txt", "1")
        with replacing(tmp_path / "b") as (draft,):
            draft.mkdir()
        assert not (tmp_path / "a.txt").exists()
        assert not (tmp_path / "b").exists()
    assert names(tmp_path) == ["a.txt", "b"]


def test_none_is_replaced_where_the_last_one_fails(tmp_path):
    write_text(tmp_path / "a.txt", "old")

    def fail() -> None:
        with together(tmp_path / "a.txt", tmp_path / "b.txt"):
            write_text(tmp_path / "a.txt", "new")
            raise VadError("no second output")

    with pytest.raises(VadError, match="no second output"):
        fail()
    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("is_there", [True, False])
def test_what_has_moved_goes_back_where_a_later_move_fails(tmp_path, is_there):
    file, folder, blocked = tmp_path / "a.txt", tmp_path / "b", tmp_path / "c"
    blocked.mkdir()
    (blocked / "of a user").touch()
    if is_there:
        file.write_text("old")
        folder.mkdir()
        (folder / "old").touch()
    before = names(tmp_path)

    def publish() -> None:
        with replacing(file, folder, blocked) as drafts:
            drafts[0].write_text("new")
            drafts[1].mkdir()
            drafts[2].write_text("a file in place of a folder")

    with pytest.raises(IsADirectoryError):
        publish()
    assert names(tmp_path) == before
    assert not is_there or file.read_text() == "old"


def test_an_output_that_cannot_be_written_stops_before_the_work(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"), together(tmp_path / "file" / "a.json"):
        pytest.fail("the work began")


@contextmanager
def held(path: Path):
    """Another process that has locked `path`; kill it to see what it leaves."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=REPOSITORY, text=True, **pipes) as process:
        assert process.stdout.readline() == "locked\n"
        yield process


def test_a_second_run_is_refused_and_named(tmp_path):
    with held(tmp_path / "a.txt") as process:
        message = rf"another run \(PID {process.pid}\) is writing .*a\.txt, wait for its end"
        with pytest.raises(VadError, match=message), locked(tmp_path / "a.txt"):
            pytest.fail("two runs have the lock")
        write_text(tmp_path / "b.txt", "another output")
    write_text(tmp_path / "a.txt", "after it")
    assert names(tmp_path) == ["a.txt", "b.txt"]


def test_what_a_killed_run_leaves_is_no_obstacle(tmp_path):
    with held(tmp_path / "a.txt") as process:
        process.kill()
    left = tmp_path / f".a.txt.{'0' * 32}.draft"
    left.mkdir()
    (left / "shard").touch()
    other = tmp_path / f".a.txt.b.{'0' * 32}.draft"
    other.touch()
    write_text(tmp_path / "a.txt", "1")
    assert names(tmp_path) == [other.name, "a.txt"]


def test_a_scratch_folder_is_removed_at_the_end_or_by_the_next_run(tmp_path):
    path = tmp_path / "metrics.json"
    with scratch(path) as folder:
        (folder / "scores").write_text("some")
        left = folder.with_name(f".metrics.json.{'0' * 32}.draft")
        shutil.copytree(folder, left)
    assert [*tmp_path.iterdir()] == [left]
    # A run that is killed leaves its lock too.
    (tmp_path / ".metrics.json.lock").touch()
    with scratch(path) as folder:
        assert [*tmp_path.glob(".*.draft")] == [folder]
    assert not list(tmp_path.iterdir())


def test_a_name_may_be_as_long_as_file_systems_allow(tmp_path):
    path = tmp_path / ("字" * 84 + ".md")
    write_text(path, "1")
    assert names(tmp_path) == [path.name]
    left = path.with_name(f".{sha256(path.name.encode()).hexdigest()}.{'0' * 32}.draft")
    left.touch()
    path.with_name(f".{sha256(path.name.encode()).hexdigest()}.lock").touch()
    write_text(path, "2")
    assert names(tmp_path) == [path.name]


def test_a_scratch_folder_is_removed_after_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), scratch(tmp_path / "metrics.json") as folder:
        (folder / "scores").read_text()
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_named_with_the_file(tmp_path):
    (tmp_path / "a.npy").symlink_to("/dev/full")
    with pytest.raises(OSError, match=r"No space left on device.*a\.npy"):
        write_bytes(tmp_path / "a.npy", b"content")
