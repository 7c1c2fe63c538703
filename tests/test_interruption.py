"""Signals at every moment of a stage, sent to a process that does what a stage does."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
SIGNALS = [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated")]
LIMIT_S = 20
# It reports where it is, and waits there for the signal.
STAGE = """
import sys, time
from pathlib import Path
from vad.interruption import end_at_once, stoppable
from vad.workers import run_parallel

def wait(where):
    Path(sys.argv[1]).write_text(where)
    time.sleep(60)

def swallowing():
    class Swallows:
        def __del__(self):
            wait("destructor")
    Swallows()
    time.sleep(60)

def stubborn():
    try:
        wait("work")
    except KeyboardInterrupt:
        wait("work")

def epoch():
    try:
        wait("work")
    except KeyboardInterrupt:
        raise KeyboardInterrupt("stopped in epoch 3") from None

end_at_once()
kind = sys.argv[2]
if kind == "imports":
    wait(kind)
with stoppable():
    if kind == "workers":
        run_parallel(wait, [("worker",), ("worker",)], "test")
    {"work": lambda: wait("work"), "destructor": swallowing, "stubborn": stubborn,
     "epoch": epoch, "end": lambda: None}[kind]()
Path(sys.argv[1]).write_text("end")
time.sleep(2)
"""


def started(
    folder: Path, kind: str, on_interrupt: signal.Handlers = signal.SIG_DFL
) -> subprocess.Popen:
    """The process, once it waits where `kind` names it.

    It handles Ctrl-C by `on_interrupt`, also where this process ignores it, as a background job of
    a shell does.
    """
    (folder / "x.py").write_text(STAGE)
    environment = os.environ | {"PYTHONPATH": f"{REPOSITORY}:{folder}", "VAD_WORKERS": "2"}
    process = subprocess.Popen(
        [sys.executable, "-m", "x", str(folder / "where"), kind],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, on_interrupt),
    )
    deadline = time.monotonic() + 60
    while not (folder / "where").exists() or not (folder / "where").read_text():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


def group_of(process: subprocess.Popen) -> list[str]:
    """The processes that are left of its group; a zombie is not."""
    listed = subprocess.run(
        ["ps", "-o", "stat=,args=", "-g", str(process.pid)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return [line for line in listed.splitlines() if not line.startswith("Z")]


@pytest.mark.parametrize(("number", "reason"), SIGNALS)
@pytest.mark.parametrize("kind", ["imports", "work", "workers", "destructor"])
def test_a_signal_ends_the_stage_in_one_line(tmp_path, kind, number, reason):
    process = started(tmp_path, kind)
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    _, text = process.communicate(timeout=LIMIT_S)
    assert text == f"x: {reason}\n"
    assert process.returncode == 128 + number
    time.sleep(1)
    assert group_of(process) == []


def test_a_signal_after_the_work_changes_nothing(tmp_path):
    process = started(tmp_path, "end")
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=LIMIT_S)[1] == ""
    assert process.returncode == 0


def test_the_line_has_what_the_work_adds(tmp_path):
    process = started(tmp_path, "epoch")
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=LIMIT_S)[1] == "x: stopped in epoch 3\n"


def test_work_that_goes_on_is_ended(tmp_path):
    process = started(tmp_path, "stubborn")
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=LIMIT_S)[1] == "x: interrupted\n"
    assert process.returncode == 130


def test_a_second_signal_ends_at_once(tmp_path):
    process = started(tmp_path, "stubborn")
    begin = time.monotonic()
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
    assert time.monotonic() - begin < 5
    assert process.returncode == 130


def test_workers_end_with_a_parent_that_is_killed(tmp_path):
    process = started(tmp_path, "workers")
    assert len(group_of(process)) > 2
    process.kill()
    process.communicate(timeout=LIMIT_S)
    time.sleep(2)
    assert group_of(process) == []


def test_a_worker_that_is_killed_is_a_fault(tmp_path):
    process = started(tmp_path, "workers")
    listed = subprocess.check_output(
        ["pgrep", "--parent", str(process.pid), "--full", "loky"], text=True
    )
    os.kill(max(map(int, listed.split())), signal.SIGKILL)
    _, text = process.communicate(timeout=LIMIT_S)
    assert text.splitlines()[-1].startswith("vad.errors.VadError: a worker process was killed")


def test_ignored_signals_stay_ignored(tmp_path):
    process = started(tmp_path, "work", on_interrupt=signal.SIG_IGN)
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=1)
    process.kill()
