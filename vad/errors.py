"""The fault that a user can mend, and text that is safe to show."""

import unicodedata
from collections.abc import Iterable

LONGEST_VALUE = 200
LONGEST_LINE = 1500


class VadError(Exception):
    """A fault that a user can mend; the message names file, key or tensor and what was expected.

    Each argument is a line of the message, whatever names of the user are in it.
    """

    def __str__(self) -> str:
        return "\n".join(printable(line, LONGEST_LINE) for line in self.args)


def printable(text: str, longest: int = LONGEST_VALUE) -> str:
    """`text` as one line of at most `longest` characters, as a terminal can show it.

    Line feeds, escape sequences, marks that turn text around and bytes that are not UTF-8 are
    written as escapes.
    """
    escaped = "".join(map(_escaped, text[: longest + 1]))
    if len(escaped) <= longest:
        return escaped
    note = f"... ({len(text)} characters)"
    return escaped[: longest - len(note)] + note


def titled(title: str, lines: Iterable[str]) -> str:
    """Each of `lines` as one line of a terminal that says who writes it."""
    return "\n".join(f"{title}: {printable(line, LONGEST_LINE)}" for line in lines)


def _escaped(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    return character.encode("unicode_escape").decode()
