"""How far long work is: a bar on a terminal, in a log one plain line every ten seconds."""

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from tqdm import tqdm

EVERY_S = 10.0

T = TypeVar("T")
# Called with what was done since, and a note that stands behind the numbers.
Advance = Callable[[int, str], None]


@contextmanager
def progress(title: str, total: int, unit: str, *, is_shown: bool = True) -> Iterator[Advance]:
    """Show how many of `total` units are done; the function that it gives counts them."""
    if not is_shown:
        yield lambda _count, _note: None
    elif sys.stderr.isatty():
        with tqdm(total=total, desc=title, unit=f" {unit}", dynamic_ncols=True) as bar:

            def advance(count: int, note: str) -> None:
                bar.set_postfix_str(note, refresh=False)
                bar.update(count)

            yield advance
    else:
        lines = _Lines(title, total, unit)
        try:
            yield lines.advance
        finally:
            lines.stopped.set()


def tracked(
    items: Iterable[T], title: str, total: int, unit: str, *, is_shown: bool = True
) -> Iterator[T]:
    """`items`, of which there are `total`, with their progress."""
    with progress(title, total, unit, is_shown=is_shown) as advance:
        for item in items:
            yield item
            advance(1, "")


class _Lines:
    """The state of some work, printed by a thread until `stopped` is set."""

    def __init__(self, title: str, total: int, unit: str) -> None:
        self.title, self.total, self.unit = title, total, unit
        self.count, self.note = 0, ""
        self.began_s = time.monotonic()
        self.stopped = threading.Event()
        threading.Thread(target=self._print, daemon=True).start()

    def advance(self, count: int, note: str) -> None:
        self.count, self.note = self.count + count, note

    def line(self, elapsed_s: float) -> str:
        """What is done after `elapsed_s`, and how long the rest takes at that pace."""
        parts = [f"{self.count} of {self.total} {self.unit}", self.note, f"{elapsed_s:.0f} s"]
        if self.count:
            left_s = elapsed_s / self.count * (self.total - self.count)
            parts.append(f"about {left_s:.0f} s left")
        return f"{self.title}: {', '.join(filter(None, parts))}"

    def _print(self) -> None:
        while not self.stopped.wait(EVERY_S):
            print(self.line(time.monotonic() - self.began_s), file=sys.stderr, flush=True)
