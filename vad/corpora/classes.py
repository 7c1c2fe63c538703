"""Which labels are speech: names and patterns of the card, then what labels usually mean.

A label that may mean no speech and that the card does not name is unclear, which is a fault:
trained as speech it would teach the opposite.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from vad.corpora.meanings import LabelClass, class_of_classes, class_of_words, normalised
from vad.corpora.spans import LabelledSegment
from vad.errors import printable
from vad.faults import Faults

LabelKind = Literal["classes", "words"]

WILDCARDS = re.compile(r"([*?])")
LISTED = 5
# The exactness of a pattern without letters: marks of silence stay silence.
WILD = 1
SHOWN_LENGTH = 40


def shown(label: str | None) -> str:
    """A label in messages and counts: one line of at most 40 characters."""
    return printable(" ".join((label or "").split()), SHOWN_LENGTH)


class Pattern(NamedTuple):
    """A name from a card in which `*` and `?` are wild, brackets are not."""

    expression: re.Pattern[str]
    exactness: int

    @classmethod
    def of(cls, text: str) -> "Pattern":
        """The pattern in `text`; the more letters it has, the more exact it is, from 1 on."""
        parts = WILDCARDS.split(normalised(text))
        wild = {"*": ".*", "?": "."}
        expression = "".join(wild.get(part, re.escape(part)) for part in parts)
        letter_count = sum(len(part) for part in parts if part not in wild)
        return cls(re.compile(expression, re.DOTALL), (WILD if parts[1:] else 2) + letter_count)


class LabelClasses:
    """The classes of a corpus's labels; unclear ones are held until all files are read."""

    def __init__(
        self,
        kind: LabelKind,
        speech: Sequence[str] | None,
        silence: Sequence[str],
        ignored: Sequence[str] = (),
    ) -> None:
        self.default = class_of_words if kind == "words" else class_of_classes
        self.has_speech = speech is not None
        named: dict[LabelClass, Sequence[str]]
        named = {"speech": speech or (), "silence": silence, "ignored": ignored}
        self.patterns = {
            kind: [Pattern.of(text) for text in texts] for kind, texts in named.items()
        }
        self.unclear_s: dict[str, float] = defaultdict(float)
        self.first_file: Path | None = None

    def class_of(self, label: str | None) -> LabelClass:
        """Speech without a label; else the card's most exact name, else the usual meaning."""
        if label is None:
            return "speech"
        text = normalised(label)
        exactness = {
            kind: max((p.exactness for p in patterns if p.expression.fullmatch(text)), default=0)
            for kind, patterns in self.patterns.items()
        }
        usual = self.default(text)
        # Of equally exact names, the first: speech.
        most_exact = max(exactness, key=lambda kind: exactness[kind])
        if not exactness[most_exact]:
            return "unclear" if self.has_speech and usual == "speech" else usual
        is_mark = usual in ("silence", "ignored") and exactness[most_exact] == WILD
        return usual if is_mark else most_exact

    def hold(self, segment: LabelledSegment) -> None:
        """Remember an unclear label."""
        self.unclear_s[shown(segment.label)] += segment.end_s - segment.start_s
        self.first_file = self.first_file or segment.file

    def report(self, card_file: Path, faults: Faults) -> None:
        """One fault with all unclear labels."""
        if self.first_file is None:
            return
        listed = sorted(self.unclear_s.items(), key=lambda entry: -entry[1])[:LISTED]
        labels = ", ".join(f"'{label}' ({seconds:.1f} s)" for label, seconds in listed)
        more = len(self.unclear_s) - len(listed)
        rest = f" and {more} more" if more else ""
        faults.add(
            self.first_file,
            f"labels {labels}{rest} may mean no speech: name each under 'speech', "
            f"'silence' or 'ignored' in {card_file}",
        )
