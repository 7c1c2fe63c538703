import pytest

from review.changes import Change, Revision, changes, flat, text


def test_flat_keeps_order_and_names_with_dots():
    tree = {"all": {"f1": 0.5}, "domain": {"calls.2026": {"f1": 1.0}}, "opset": 16}
    assert list(flat(tree)) == [
        (("all", "f1"), 0.5),
        (("domain", "calls.2026", "f1"), 1.0),
        (("opset",), 16),
    ]


def test_changes_are_those_that_show():
    before = {("a",): 0.12345, ("b",): 0.1234, ("c",): 16, ("gone",): "all"}
    after = {("new",): 1, ("a",): 0.123451, ("b",): 0.1235, ("c",): 17}
    assert changes(before, after) == [
        Change(("new",), None, 1),
        Change(("b",), 0.1234, 0.1235),
        Change(("c",), 16, 17),
        Change(("gone",), "all", None),
    ]


def test_under_is_what_lies_below_a_path():
    metrics = {("finetuned", "all", "f1"): 0.5, ("published", "all", "f1"): 0.4}
    assert Revision({}, metrics).under("finetuned", "all") == {("f1",): 0.5}


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
