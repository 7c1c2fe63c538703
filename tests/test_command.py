"""Stages as commands: paths in order, and one message where a user can mend the fault."""

import errno
import importlib
import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import pytest

from vad.command import remove_former_metrics, run_stage
from vad.errors import VadError

REPOSITORY = Path(__file__).parents[1]
Named = Annotated[Path, "what it is"]


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch):
    monkeypatch.chdir(REPOSITORY)


def run(monkeypatch, main, *words: str) -> None:
    monkeypatch.setattr("sys.argv", ["command", *words])
    run_stage(main)


def test_paths_come_in_order_and_the_last_may_be_left_out(monkeypatch):
    calls = []

    def main(
        first: Named, second: Named, third: Annotated[Path | None, "c"] = None, *, params
    ) -> None:
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
        (VadError("a.wav: is truncated", "b.wav: too"), "test_command: a.wav: is truncated\ntest_"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "x"), "test_command: .*No space left.*x"),
    ],
)
def test_what_a_user_can_mend_is_a_message(monkeypatch, error, message):
    def main(path: Named, *, params) -> None:  # noqa: ARG001 (as run_stage calls it)
        raise error

    with pytest.raises(SystemExit, match=message):
        run(monkeypatch, main, "a")


@pytest.mark.parametrize(
    ("stage", "remaining"),
    [
        ("prepare", set()),
        ("finetune", {"finetune.json"}),
        ("export_onnx", {"finetune.json", "export_onnx.json"}),
        ("evaluate", {"finetune.json", "export_onnx.json", "evaluate.json"}),
        ("other", {"finetune.json", "export_onnx.json", "evaluate.json"}),
    ],
)
def test_an_experiment_starts_without_the_metrics_of_its_base(
    tmp_path, monkeypatch, stage, remaining
):
    """`dvc exp show` reads the files of an experiment while it runs."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(REPOSITORY / "dvc.yaml", tmp_path)
    (tmp_path / "metrics").mkdir()
    for name in ("finetune.json", "export_onnx.json", "evaluate.json"):
        (tmp_path / "metrics" / name).write_text("{}")
    remove_former_metrics(stage)
    assert {path.name for path in (tmp_path / "metrics").iterdir()} == remaining


def test_only_an_experiment_removes_metrics(monkeypatch):
    def main(path: Named, *, params) -> None:
        pass

    removed = []
    monkeypatch.setattr("vad.command.remove_former_metrics", removed.append)
    run(monkeypatch, main, "a")
    assert removed == []
    monkeypatch.setenv("DVC_EXP_NAME", "gammy-sail")
    run(monkeypatch, main, "a")
    assert removed == ["test_command"]


def test_a_fault_of_the_code_keeps_its_traceback(monkeypatch):
    def main(path: Named, *, params) -> None:  # noqa: ARG001 (as run_stage calls it)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(monkeypatch, main, "a")


def test_wrong_words_show_the_usage(monkeypatch, capsys):
    def main(path: Named, *, params) -> None: ...

    with pytest.raises(SystemExit):
        run(monkeypatch, main)
    assert "usage: python -m stages.test_command [-h] path" in capsys.readouterr().err


@pytest.mark.parametrize("stage", ["prepare", "finetune", "export_onnx", "evaluate"])
def test_the_help_of_a_stage_has_a_line_for_each_path(stage):
    command = [sys.executable, "-m", f"stages.{stage}", "--help"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    arguments = text.partition("positional arguments:\n")[2].partition("\n\n")[0]
    module = importlib.import_module(f"stages.{stage}")
    names = [name for name in inspect.signature(module.main).parameters if name != "params"]
    lines = {line.split()[0]: line.split()[1:] for line in arguments.splitlines()}
    assert all(len(lines[name]) >= 3 for name in names)
