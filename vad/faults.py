"""Faults of single files, gathered so that a user reads all of them at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from vad.errors import VadError


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong with one file: the recording or label file, and why it cannot be used."""

    file: str
    reason: str


@dataclass
class Faults:
    """The faults met so far; where one was met, that file is left out and the others go on."""

    found: list[Fault] = field(default_factory=list)

    @contextmanager
    def gathered(self, file: object) -> Iterator[None]:
        """Turn a VadError raised inside into a fault of `file`."""
        try:
            yield
        except VadError as error:
            self.found.append(Fault(str(file), str(error)))
