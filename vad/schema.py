"""YAML files checked against a typed schema, with one line for each fault."""

import reprlib
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import YAMLError, YAMLWarning
from ruamel.yaml.nodes import CollectionNode, Node, ScalarNode

from vad.errors import LONGEST_VALUE, VadError, printable

LARGEST_FILE = 2**20
MOST_VALUES = 100_000
INTEGER_BITS = 64
LONGEST_REASON = 500
# What ruamel.yaml raises beside its own errors, each seen under fuzzing.
MALFORMED = (YAMLError, YAMLWarning, ValueError, TypeError, LookupError, AttributeError)

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = LONGEST_VALUE


class Schema(BaseModel):
    """A section of a YAML file; unknown keys are faults, values never change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


S = TypeVar("S", bound=Schema)
# Of a value in a nested mapping, the keys on the way to it.
Key = tuple[str, ...]


class _Constructor(SafeConstructor):
    """What is built of YAML: a date stays the text that the user wrote, possible or not.

    ruamel.yaml reads 0_1 as 1, as YAML 1.1 did: a number with such a line is a fault.
    """

    def construct_yaml_int(self, node: ScalarNode) -> Any:  # noqa: ANN401 (as its base)
        _check_underscores(node)
        return super().construct_yaml_int(node)

    def construct_yaml_float(self, node: ScalarNode) -> Any:  # noqa: ANN401 (as its base)
        _check_underscores(node)
        return super().construct_yaml_float(node)


def _check_underscores(node: ScalarNode) -> None:
    if "_" in node.value:
        shown_value = printable(node.value)
        raise ValueError(
            f"{shown_value} is not a number, expected one without '_', or a quoted text"
        )


_Constructor.add_constructor("tag:yaml.org,2002:int", _Constructor.construct_yaml_int)
_Constructor.add_constructor("tag:yaml.org,2002:float", _Constructor.construct_yaml_float)
_Constructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


def load_yaml(
    path: Path, largest_file: int = LARGEST_FILE, most_values: int = MOST_VALUES
) -> dict[str, Any]:
    """The mapping in a YAML 1.2 file, as DVC reads it; VadError when it is none."""
    try:
        if path.stat().st_size > largest_file:
            raise VadError(f"{path}: larger than {largest_file} bytes, expected a short text")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise VadError(f"{path}: cannot be read ({error})") from error
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _Constructor
    try:
        with warnings.catch_warnings(action="error", category=YAMLWarning):
            # Aliases may stand for more values than fit into memory: they are counted, not built.
            _check_count(yaml.compose(text), {}, most_values)
            values = yaml.load(text)
        _check_integers(values)
    except RecursionError:
        raise VadError(f"{path}: not valid YAML: nested too deeply") from None
    except MALFORMED as error:
        reason = printable(" ".join(str(error).split()), LONGEST_REASON)
        raise VadError(f"{path}: not valid YAML: {reason}") from error
    if not isinstance(values, dict):
        raise VadError(f"{path}: expected a mapping of keys to values")
    return values


def _check_count(node: Node | None, counts: dict[int, int], most: int) -> int:
    """How many values `node` stands for, aliases written out; ValueError above `most`."""
    if node is None or id(node) in counts:
        return counts.get(id(node), 0)
    # Until it is counted: an alias to what it is in stands for no end of values.
    counts[id(node)] = most
    parts = node.value if isinstance(node, CollectionNode) else []
    pairs = [part if isinstance(part, tuple) else (part,) for part in parts]
    count = 1 + sum(_check_count(part, counts, most) for pair in pairs for part in pair)
    if count > most:
        raise ValueError(f"more than {most} values, expected fewer aliases")
    counts[id(node)] = count
    return count


def _check_integers(value: object) -> None:
    if isinstance(value, int) and value.bit_length() > INTEGER_BITS:
        raise ValueError(f"an integer of {value.bit_length()} bits, at most {INTEGER_BITS} allowed")
    parts = value if isinstance(value, list) else ()
    if isinstance(value, dict):
        parts = (*value.keys(), *value.values())
    for part in parts:
        _check_integers(part)


def validate(schema: type[S], values: dict[str, Any], path: Path) -> S:
    """`values` as a `schema`; VadError has a line per fault: file, key, value, what is allowed."""
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        raise VadError(*(f"{path}: {_line(schema, fault)}" for fault in faults)) from None


def _line(schema: type[Schema], fault: Any) -> str:  # noqa: ANN401 (pydantic's ErrorDetails)
    key = printable(".".join(map(str, fault["loc"])))
    if fault["type"] == "missing":
        return f"'{key}' is missing"
    if fault["type"] == "extra_forbidden":
        return f"unknown key '{key}', expected one of {', '.join(_keys(schema, fault['loc']))}"
    expected = fault["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    return f"'{key}' is {shown(fault['input'])}, {expected}" if key else expected


def shown(value: object) -> str:
    """A value of YAML as a message shows it: in one line, and no more than its beginning."""
    return printable(_SHORT.repr(value))


def flat(tree: Mapping[str, Any], path: Key = ()) -> Iterator[tuple[Key, Any]]:
    """The leaves of a nested mapping by path of keys, in order."""
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from flat(value, (*path, str(key)))
        else:
            yield (*path, str(key)), value


def _keys(schema: type[Schema], loc: tuple[str | int, ...]) -> list[str]:
    """The keys allowed beside an unknown one."""
    for part in loc[:-1]:
        if field := schema.model_fields.get(str(part)):
            # A section, or a list of them.
            kinds = [field.annotation, *get_args(field.annotation)]
            sections = [k for k in kinds if isinstance(k, type) and issubclass(k, Schema)]
            schema = sections[0] if sections else schema
    return list(schema.model_fields)
