"""Stages as commands: paths in order, and one message where a user can mend the fault."""

import errno
import os
from pathlib import Path

import pytest

from vad.command import run_stage
from vad.errors import VadError

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch):
    monkeypatch.chdir(REPOSITORY)


def run(monkeypatch, main, *words: str) -> None:
    monkeypatch.setattr("sys.argv", ["command", *words])
    run_stage(main)


def test_paths_come_in_order_and_the_last_may_be_left_out(monkeypatch):
    calls = []

    def main(first: Path, second: Path, third: Path | None = None, *, params) -> None:
        calls.append((first, second, third, params.opset))

    run(monkeypatch, main, "a", "b")
    run(monkeypatch, main, "a", "b", "c")
    assert [call[:3] for call in calls] == [
        (Path("a"), Path("b"), None),
        (Path("a"), Path("b"), Path("c")),
    ]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (VadError("a.wav: is truncated\nb.wav: too"), "test_command: a.wav: is truncated\ntest_"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "x"), "test_command: .*No space left.*x"),
    ],
)
def test_what_a_user_can_mend_is_a_message(monkeypatch, error, message):
    def main(path: Path, *, params) -> None:  # noqa: ARG001 (as run_stage calls it)
        raise error

    with pytest.raises(SystemExit, match=message):
        run(monkeypatch, main, "a")


def test_a_fault_of_the_code_keeps_its_traceback(monkeypatch):
    def main(path: Path, *, params) -> None:  # noqa: ARG001 (as run_stage calls it)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(monkeypatch, main, "a")


def test_wrong_words_show_the_usage(monkeypatch, capsys):
    def main(path: Path, *, params) -> None: ...

    with pytest.raises(SystemExit):
        run(monkeypatch, main)
    assert "usage: python -m stages.test_command [-h] path" in capsys.readouterr().err
