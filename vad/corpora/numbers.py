"""Numbers in label files: those that tools write, and nothing more that Python would read.

`1_000`, digits of other scripts, `nan` and `Infinity` are faults, in texts and in JSON alike.
"""

import math
import re

from vad.errors import VadError

NUMBER = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
MOST_DIGITS = 12
SHOWN = 60

_NUMBER = re.compile(NUMBER)


def is_number(text: str) -> bool:
    """Whether a text is a decimal number in ASCII, with an exponent or not."""
    return _NUMBER.fullmatch(text) is not None


def seconds(text: str) -> float:
    """A time in a label file (s); VadError where it is not a finite number."""
    stripped = text.strip()
    value = float(stripped) if is_number(stripped) else math.nan
    if not math.isfinite(value):
        raise VadError(f"'{text[:SHOWN]}', expected seconds")
    return value


def natural(text: str) -> int | None:
    """An integer from 0 of ASCII digits; None for anything else, and beyond any count or time."""
    is_natural = text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
    return int(text) if is_natural else None


def is_seconds(value: object) -> bool:
    """Whether a value of JSON or of a table is a number, finite or not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def seconds_of(value: object, key: str) -> float:
    """The time (s) under `key` in JSON or a table; VadError where it is not a finite number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise VadError(f"'{key}' is {value!r}, expected seconds")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise VadError(f"'{key}' is {number}, expected a finite number of seconds")
    return number
