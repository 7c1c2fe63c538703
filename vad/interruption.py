"""How a stage ends early: by Ctrl-C, by SIGTERM, or with the process that started it."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

REASONS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
# A shell reports a process that a signal ended by 128 and the number of the signal.
STATUS_OF_SIGNAL = 128
# For removing drafts; what does not end by then is ended.
GRACE_S = 10
POLL_S = 0.2


def end_at_once() -> None:
    """From now on a signal ends the process with one line: for the time before there is any work.

    A signal that the process was started to ignore, as by nohup, stays ignored.
    """
    for number in REASONS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)


def _end(number: int, _frame: FrameType | None = None, reason: str = "") -> None:
    words = sys.orig_argv
    module = words[words.index("-m") + 1] if "-m" in words[:-1] else words[0]
    line = f"{module.rpartition('.')[2]}: {reason or REASONS[signal.Signals(number)]}\n"
    sys.stdout.flush()
    os.write(sys.stderr.fileno(), line.encode())
    # Other threads and workers are not waited for; workers end with this process.
    os._exit(STATUS_OF_SIGNAL + number)


class _Stop:
    """The first signal raises KeyboardInterrupt, the next one ends the process at once."""

    def __init__(self) -> None:
        self.number = 0

    def receive(self, number: int, _frame: FrameType | None) -> None:
        if self.number:
            _end(self.number)
        self.number = number
        timer = threading.Timer(GRACE_S, _end, [number])
        timer.daemon = True
        timer.start()
        raise KeyboardInterrupt

    def unraisable(self, fault: Any) -> None:  # noqa: ANN401 (sys.UnraisableHookArgs)
        """KeyboardInterrupt in a destructor or a callback, where Python would go on without it."""
        if self.number:
            _end(self.number)
        sys.__unraisablehook__(fault)


@contextmanager
def stoppable() -> Iterator[None]:
    """Inside, a signal raises KeyboardInterrupt, so that drafts are removed and locks released.

    Whatever becomes of it, the process ends with the text of the KeyboardInterrupt or one of
    REASONS in one line, and the status that a shell reports for the signal.
    """
    stop, unraisable_hook = _Stop(), sys.unraisablehook
    handlers = {
        number: signal.signal(number, stop.receive)
        for number in REASONS
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    sys.unraisablehook = stop.unraisable
    try:
        yield
    finally:
        error = sys.exc_info()[1]
        for number, handler in handlers.items():
            # Once the outputs are there, nothing is left to interrupt.
            signal.signal(number, signal.SIG_IGN if handler is _end and not error else handler)
        sys.unraisablehook = unraisable_hook
        if stop.number:
            _end(stop.number, reason=str(error) if isinstance(error, KeyboardInterrupt) else "")


def end_with_parent(parent: int, end: Callable[[], None]) -> None:
    """Call `end` in a thread once the process `parent`, which started this one, is gone."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(POLL_S)
        end()

    threading.Thread(target=watch, daemon=True).start()


def end_stage_with_parent() -> None:
    """Stop as by SIGTERM when the process that started this one is gone."""

    def end() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_S)
        os._exit(STATUS_OF_SIGNAL + signal.SIGTERM)

    end_with_parent(os.getppid(), end)
