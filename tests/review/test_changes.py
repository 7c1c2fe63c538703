import pytest

from review.changes import Change, Revision, changes, parameters, parsed, text
from vad.errors import VadError


def test_changes_are_those_that_show():
    before = {("a",): 0.12345, ("b",): 0.1234, ("c",): 16, ("gone",): "all"}
    after = {("new",): 1, ("a",): 0.123451, ("b",): 0.1235, ("c",): 17}
    assert changes(before, after) == [
        Change(("new",), None, 1),
        Change(("b",), 0.1234, 0.1235),
        Change(("c",), 16, 17),
        Change(("gone",), "all", None),
    ]


def test_parameters_differ_in_any_digit():
    rates = (5e-4, 5.2e-4)
    before, after = (
        parameters({"finetune": {"learning_rate": rate, "both_rates": False}, "seed": seed})
        for rate, seed in zip(rates, (2, 2.0), strict=True)
    )
    change = Change(("finetune", "learning_rate"), "0.0005", "0.00052")
    assert changes(before, after) == [change]


def test_a_column_has_what_is_defined():
    table = "section,name,metric,published,finetuned,difference,low,high\n"
    table += "all,,f1,0.4,0.5,0.1,,\ndomain,calls,f1,,0.25,,,\n"
    read = Revision({}, {("recordings", "calls"): 9}, parsed(table, "t.csv"))
    assert read.column("finetuned") == {("all", "f1"): 0.5, ("domain", "calls", "f1"): 0.25}
    assert read.column("published") == {("all", "f1"): 0.4}
    assert read.column("low") == {}
    assert read.recordings == {"calls": 9}


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\x00", "section,name\n" + "x," * 50])
def test_another_table_is_a_fault(text):
    with pytest.raises(VadError, match=r"t\.csv: not the table that stage evaluate writes"):
        parsed(text, "t.csv")


def test_text_in_place_of_a_number_is_a_fault():
    table = "section,name,metric,published,finetuned,difference,low,high\nall,,f1,much,1,1,1,1\n"
    with pytest.raises(VadError, match="much"):
        parsed(table, "t.csv")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "-"),
        (0.98926, "0.9893"),
        (120.0, "120"),
        (-0.00001, "0"),
        ("20 10", "20 10"),
        (0, "0"),
    ],
)
def test_text(value, shown):
    assert text(value) == shown
