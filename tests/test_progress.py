"""Lines in a log, a bar on a terminal; no timing is tested."""

import os
import pty
import subprocess
import sys
import termios
import threading
from pathlib import Path

import pytest

import vad.progress
from vad.progress import _Lines, progress, tracked

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture
def often(monkeypatch):
    monkeypatch.setattr(vad.progress, "EVERY_S", 0.01)


def test_a_line_has_what_is_done_and_how_long_the_rest_takes():
    lines = _Lines("prepare: read", 40, "recordings")
    assert lines.line(10.2) == "prepare: read: 0 of 40 recordings, 10 s"
    lines.advance(10, "0.5 of 2.0 h")
    expected = "10 of 40 recordings, 0.5 of 2.0 h, 20 s, about 60 s left"
    assert lines.line(20) == f"prepare: read: {expected}"
    lines.stopped.set()


@pytest.mark.usefixtures("often")
def test_a_log_gets_plain_lines_until_the_end(capsys):
    with progress("read", 3, "files") as advance:
        advance(2, "two")
        printed = ""
        while "2 of 3 files, two" not in printed:
            printed += capsys.readouterr().err
    assert "\r" not in printed
    assert "\x1b" not in printed


@pytest.mark.usefixtures("often")
def test_items_come_as_they_are_and_threads_end():
    before = threading.active_count()
    assert list(tracked(iter("abc"), "t", 3, "letters")) == ["a", "b", "c"]
    for thread in threading.enumerate():
        if thread.daemon and thread is not threading.current_thread():
            thread.join(5)
    assert threading.active_count() <= before


@pytest.mark.usefixtures("often")
def test_nothing_is_shown_where_another_process_shows_it(capsys):
    assert list(tracked([1, 2], "t", 2, "steps", is_shown=False)) == [1, 2]
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_a_bar():
    main, other = pty.openpty()
    termios.tcsetwinsize(main, (24, 80))
    code = "from vad.progress import tracked; list(tracked('ab', 'read', 2, 'files'))"
    subprocess.run([sys.executable, "-c", code], stderr=other, check=True, cwd=REPOSITORY)
    os.close(other)
    text = os.read(main, 65536).decode()
    os.close(main)
    assert "read: 100%" in text
    assert "2/2" in text
