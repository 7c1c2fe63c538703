"""YAML against a schema: each fault is one line with file, key, value and the allowed values."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field

from tests.fuzz import assert_shown, damaged_yaml
from vad.errors import VadError
from vad.params import load_params
from vad.schema import Schema, flat, load_yaml, validate

REPOSITORY = Path(__file__).parents[1]


class Part(Schema):
    share: Annotated[float, Field(ge=0, le=1)]


class Whole(Schema):
    name: str
    part: Part
    parts: tuple[Part, ...] = ()


VALUES = {"name": "a", "part": {"share": 0.5}}


def test_valid_values_become_a_frozen_schema(tmp_path):
    whole = validate(Whole, VALUES, tmp_path)
    assert whole.part.share == 0.5
    with pytest.raises(ValueError, match="frozen"):
        whole.name = "b"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"name": None}, "'name' is None, expected a valid string"),
        ({"part": {"share": 2}}, "'part.share' is 2, expected less than or equal to 1"),
        ({"part": {}}, "'part.share' is missing"),
        ({"named": "b"}, "unknown key 'named', expected one of name, part, parts"),
        ({"part": {"share": 0, "s": 1}}, "unknown key 'part.s', expected one of share"),
        ({"parts": [{"share": 0, "s": 1}]}, "unknown key 'parts.0.s', expected one of share"),
        ({"part": {"share": float("nan")}}, "'part.share' is nan, expected a finite number"),
    ],
)
def test_a_fault_is_one_line(tmp_path, changes, line):
    path = tmp_path / "a.yaml"
    with pytest.raises(VadError) as error:
        validate(Whole, VALUES | changes, path)
    assert str(error.value).splitlines() == [f"{path}: {line}"]


def test_all_faults_are_named_at_once(tmp_path):
    with pytest.raises(VadError) as error:
        validate(Whole, {"name": 1, "part": {"share": -1}}, tmp_path / "a.yaml")
    assert len(str(error.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a: [", "not valid YAML"),
        (b"- a\n- b\n", "expected a mapping of keys to values"),
        (b"", "expected a mapping of keys to values"),
        (b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_a_file_that_is_no_mapping_is_named(tmp_path, content, reason):
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    with pytest.raises(VadError) as error:
        load_yaml(path)
    assert str(error.value).startswith(f"{path}: ")
    assert reason in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a: " + "[" * 5000, "not valid YAML: nested too deeply"),
        ("a: " + "9" * 5000, "not valid YAML: .*limit"),
        ("a: 0x" + "f" * 5000, "an integer of 20000 bits, at most 64 allowed"),
        ("a: !!int abc", "not valid YAML: invalid literal"),
        ("a: &a 1\nb: &a 2", "found duplicate anchor"),
        ("a: &a [*a]", "expected fewer aliases"),
        ("a: " + "x" * 2**20, "larger than 1048576 bytes"),
    ],
)
def test_yaml_that_is_no_plain_text_of_a_few_values_is_named(tmp_path, content, reason):
    (tmp_path / "a.yaml").write_text(content)
    with pytest.raises(VadError, match=reason) as error:
        load_yaml(tmp_path / "a.yaml")
    assert_shown(str(error.value))


@pytest.mark.parametrize("name", ["x" * 10**7, "\x1b[31m\n", ["x" * 1000] * 1000, [[[[[[[1]]]]]]]])
def test_a_value_in_a_message_is_short_and_printable(tmp_path, name):
    with pytest.raises(VadError) as error:
        validate(Whole, VALUES | {"part": name, "x\n" * 1000: 1}, tmp_path / "a.yaml")
    assert len(str(error.value).split("\n")) == 2
    assert_shown(str(error.value))


@pytest.mark.parametrize("count", [100, pytest.param(2000, marks=pytest.mark.slow)])
def test_damaged_params_are_faults(tmp_path, count):
    text = (REPOSITORY / "params.yaml").read_text(encoding="utf-8")
    plain = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for content in damaged_yaml(plain, count, count):
        (tmp_path / "params.yaml").write_bytes(content)
        with suppress(VadError):
            load_params(tmp_path / "params.yaml")


@pytest.mark.parametrize("text", ["0_1", "1_000", "1_0.5"])
def test_a_number_with_an_underscore_is_a_fault(tmp_path, text):
    path = tmp_path / "x.yaml"
    path.write_text(f"a: {text}\n")
    with pytest.raises(VadError, match=f"{text} is not a number, expected one without '_'"):
        load_yaml(path)


def test_flat_keeps_order_and_names_with_dots():
    tree = {"all": {"f1": 0.5}, "domain": {"calls.2026": {"f1": 1.0}}, "opset": 16}
    assert list(flat(tree)) == [
        (("all", "f1"), 0.5),
        (("domain", "calls.2026", "f1"), 1.0),
        (("opset",), 16),
    ]
