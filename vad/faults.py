"""Faults of single files, gathered so that a user reads all of them at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pandas as pd

from vad.errors import VadError, printable

LONGEST_FILE = 500
LONGEST_REASON = 900


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong with one file: the recording or label file, and why it cannot be used."""

    file: str
    reason: str

    def __post_init__(self) -> None:
        """Names come from users: what is shown of them is one line, and not too long."""
        object.__setattr__(self, "file", printable(self.file, LONGEST_FILE))
        object.__setattr__(self, "reason", printable(self.reason, LONGEST_REASON))


@dataclass
class Faults:
    """The faults met so far; where one was met, that file is left out and the others go on."""

    found: list[Fault] = field(default_factory=list)

    def add(self, file: object, reason: str) -> None:
        """Note a fault of `file`; a name that is no UTF-8 is noted with escapes."""
        self.found.append(Fault(str(file), reason))

    @contextmanager
    def gathered(self, file: object, place: str = "") -> Iterator[None]:
        """Turn a VadError raised inside into a fault of `file`, at a `place` in it.

        The reason does not name the file a second time.
        """
        try:
            yield
        except VadError as error:
            reason = str(error).removeprefix(f"{file}: ")
            self.add(file, f"{place}: {reason}" if place else reason)

    def raise_or_write(self, on_bad_recording: Literal["fail", "skip"], rejected: Path) -> None:
        """Tell of all faults in one VadError, sorted, or write them to the CSV `rejected`."""
        found = sorted(self.found)
        if found and on_bad_recording == "fail":
            raise VadError("\n".join(f"{fault.file}: {fault.reason}" for fault in found))
        pd.DataFrame(found, columns=["file", "reason"]).to_csv(rejected, index=False)
