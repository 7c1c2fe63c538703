"""YAML against a schema: each fault is one line with file, key, value and the allowed values."""

from typing import Annotated

import pytest
from pydantic import Field

from vad.errors import VadError
from vad.schema import Schema, load_yaml, validate


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
