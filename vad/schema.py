"""YAML files checked against a typed schema, with one line for each fault."""

from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from vad.errors import VadError


class Schema(BaseModel):
    """A section of a YAML file; unknown keys are faults, values never change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


S = TypeVar("S", bound=Schema)


def load_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML 1.2 file, as DVC reads it; VadError when it is none."""
    try:
        values = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise VadError(f"{path}: cannot be read ({error})") from error
    except YAMLError as error:
        raise VadError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict):
        raise VadError(f"{path}: expected a mapping of keys to values")
    return values


def validate(schema: type[S], values: dict[str, Any], path: Path) -> S:
    """`values` as a `schema`; VadError has a line per fault: file, key, value, what is allowed."""
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        raise VadError("\n".join(f"{path}: {_line(schema, fault)}" for fault in faults)) from None


def _line(schema: type[Schema], fault: Any) -> str:  # noqa: ANN401 (pydantic's ErrorDetails)
    key = ".".join(map(str, fault["loc"]))
    if fault["type"] == "missing":
        return f"'{key}' is missing"
    if fault["type"] == "extra_forbidden":
        return f"unknown key '{key}', expected one of {', '.join(_keys(schema, fault['loc']))}"
    expected = fault["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    return f"'{key}' is {fault['input']!r}, {expected}"


def _keys(schema: type[Schema], loc: tuple[str | int, ...]) -> list[str]:
    """The keys allowed beside an unknown one."""
    for part in loc[:-1]:
        if field := schema.model_fields.get(str(part)):
            # A section, or a list of them.
            kinds = [field.annotation, *get_args(field.annotation)]
            sections = [k for k in kinds if isinstance(k, type) and issubclass(k, Schema)]
            schema = sections[0] if sections else schema
    return list(schema.model_fields)
