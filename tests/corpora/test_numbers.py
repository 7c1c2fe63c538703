"""The numbers of label files, against what tools write and what only Python reads."""

import math

import pytest

from vad.corpora.numbers import is_number, natural, seconds, seconds_of
from vad.errors import VadError

# What Python's `float` reads and no tool writes, or no float holds.
NONSENSE = [
    "0_1",
    "1_000",
    "\uff11",
    "\u0661",
    "nan",
    "NaN",
    "inf",
    "-Infinity",
    "1e400",
    "9" * 400,
]
BROKEN = ["", ".", "-", "e5", "1e", "1.2.3", "--1", "0x10", "1 2", "1,5", "\u22121"]


@pytest.mark.parametrize("text", ["0", "-0.5", "+1", ".5", "5.", "1e3", "1.5E-2", "007", " 1.5\t"])
def test_decimal_numbers_are_read_as_python_reads_them(text: str) -> None:
    assert seconds(text) == float(text)
    assert is_number(text.strip())


@pytest.mark.parametrize("text", NONSENSE + BROKEN)
def test_anything_else_is_a_fault_in_one_short_line(text: str) -> None:
    with pytest.raises(VadError, match="expected seconds") as fault:
        seconds(text)
    assert len(str(fault.value)) < 100


@pytest.mark.parametrize("text", [*NONSENSE, *BROKEN, "-1", "1.0", "9" * 13])
def test_counts_are_ascii_digits(text: str) -> None:
    assert natural(text) is None
    assert natural("012") == 12


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, True, None, "1", [1]])
def test_values_of_json_are_finite_numbers(value: object) -> None:
    with pytest.raises(VadError, match=r"'start' is .*, expected"):
        seconds_of(value, "start")
    assert seconds_of(3, "start") == 3.0
