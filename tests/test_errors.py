"""Text of users in messages: one line, short, nothing that a terminal would obey."""

import pytest

from vad.errors import VadError, printable, titled


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a ß 語\u3000'", "a ß 語\u3000'"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b[31m\a", r"\x1b[31m\x07"),
        ("\u202eabc", r"\u202eabc"),
        ("\udce4", r"\udce4"),
        ("\x85\u2028", r"\x85\u2028"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize("text", ["x" * 201, "\n" * 150, "x" * 10**7])
def test_long_text_is_cut_and_its_length_given(text):
    shown = printable(text)
    assert len(shown) <= 200
    assert shown.endswith(f"... ({len(text)} characters)")


def test_text_of_the_longest_length_is_whole():
    assert printable("x" * 200) == "x" * 200


def test_a_fault_has_a_line_for_each_argument_whatever_names_are_in_them():
    fault = VadError("a\nb.rttm: no labels", "c.rttm: \x1b[31m")
    assert str(fault).split("\n") == [r"a\nb.rttm: no labels", r"c.rttm: \x1b[31m"]
    assert titled("prepare", fault.args).split("\n") == [
        r"prepare: a\nb.rttm: no labels",
        r"prepare: c.rttm: \x1b[31m",
    ]
