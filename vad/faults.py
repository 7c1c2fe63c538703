"""Faults of single files, gathered so that a user reads all of them at once; labels counted."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from vad.errors import VadError, printable

LONGEST_FILE = 500
LONGEST_REASON = 900

# So many labels of a corpus are listed by name, those of most seconds; words are many more.
LISTED_LABELS = 20


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
class Tally:
    """What the labels of each corpus held, what was cut from them, and what was left out."""

    # Seconds of each (corpus, class, label).
    label_s: dict[tuple[str, str, str], float] = field(default_factory=lambda: defaultdict(float))
    # Number and seconds of labels that were cut at the end of the audio, for each corpus.
    clamped: Counter[str] = field(default_factory=Counter)
    clamped_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    # Recordings (corpus, reason) that are not used.
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)

    def as_metrics(self) -> dict[str, Any]:
        """Nested by corpus; what did not happen is absent."""
        labels: dict[str, Any] = defaultdict(lambda: defaultdict(dict))
        grouped: dict[tuple[str, str], list[tuple[str, float]]] = defaultdict(list)
        for (corpus, kind, label), seconds in sorted(self.label_s.items(), key=lambda e: -e[1]):
            grouped[corpus, kind].append((label, seconds))
        for (corpus, kind), entries in sorted(grouped.items()):
            labels[corpus][kind] = dict(sorted(entries[:LISTED_LABELS]))
            if rest := entries[LISTED_LABELS:]:
                labels[corpus][kind][f"{len(rest)} more"] = sum(s for _, s in rest)
        left_out: dict[str, Any] = defaultdict(dict)
        for (corpus, reason), count in sorted(self.left_out.items()):
            left_out[corpus][reason] = count
        clamped = {
            corpus: {"labels": count, "seconds": self.clamped_s[corpus]}
            for corpus, count in sorted(self.clamped.items())
        }
        sections = {"labels": labels, "clamped": clamped, "left_out": left_out}
        return {name: section for name, section in sections.items() if section}


@dataclass
class Faults:
    """The faults met so far; where one was met, that file is left out and the others go on.

    `notes` are lines for the terminal about files that are not used without being faults.
    """

    entries: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)

    def add(self, file: object, reason: str) -> None:
        """Note a fault of `file`; a name that is not UTF-8 is noted with escapes."""
        self.entries.append(Fault(str(file), reason))

    @contextmanager
    def gathered(self, file: object, position: str = "") -> Iterator[None]:
        """Turn a VadError raised inside into a fault of `file`, at a `position` in it.

        The reason does not name the file a second time.
        """
        try:
            yield
        except VadError as error:
            reason = "\n".join(error.args).removeprefix(f"{file}: ")
            self.add(file, f"{position}: {reason}" if position else reason)

    def raise_or_write(self, on_bad_recording: Literal["fail", "skip"], rejected: Path) -> None:
        """Raise all faults in one VadError, sorted, or write them to the CSV `rejected`."""
        faults = sorted(self.entries)
        if faults and on_bad_recording == "fail":
            raise VadError(*(f"{fault.file}: {fault.reason}" for fault in faults))
        rows = [("file", "reason"), *((fault.file, fault.reason) for fault in faults)]
        with rejected.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
