"""Gates: how much worse a metric of the tuned model may become, as data in gates.yaml."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from vad.params import Number, Words
from vad.schema import Schema, load_yaml, validate

SECTIONS = ("all", "domain", "noise", "condition")
# Metrics are written with six digits: a difference below is what the subtraction adds.
ROUNDING = 1e-9

Group = tuple[str, ...]
Metrics = Mapping[Group, float]
Limit = Annotated[Number, Field(ge=0)]


class Gate(Schema):
    """One limit. `group` is a group of metrics/evaluate.json, or a section: each group in it."""

    metric: str
    group: Words
    against: Literal["base", "published"]
    largest_drop: Limit | None = None
    largest_rise: Limit | None = None

    @field_validator("group")
    @classmethod
    def _known_section(cls, group: Group) -> Group:
        if group[0] not in SECTIONS:
            raise ValueError(f"expected to start with one of {', '.join(SECTIONS)}")
        return group

    @model_validator(mode="after")
    def _one_direction(self) -> "Gate":
        if (self.largest_drop is None) == (self.largest_rise is None):
            raise ValueError("expected either largest_drop or largest_rise")
        return self

    @property
    def allowed(self) -> str:
        """The limit in words."""
        if self.largest_drop is not None:
            return f"a drop of {self.largest_drop:g}"
        return f"a rise of {self.largest_rise:g}"

    def holds(self, before: float, after: float) -> bool:
        """Whether the way from `before` to `after` is within the limit."""
        if self.largest_drop is not None:
            return before - after <= self.largest_drop + ROUNDING
        return after - before <= (self.largest_rise or 0) + ROUNDING


class Gates(Schema):
    """All of gates.yaml."""

    gates: tuple[Gate, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of a gate in one group; a value is None where the group or metric is absent."""

    gate: Gate
    group: Group
    before: float | None
    after: float | None

    @property
    def failed(self) -> bool:
        """A metric that is gone fails: what is not measured is not known to be no worse."""
        if self.after is None:
            return True
        return self.before is not None and not self.gate.holds(self.before, self.after)

    @property
    def verdict(self) -> str:
        """The outcome in a word or two."""
        if self.after is None:
            return "FAILED: absent here"
        if self.before is None:
            return f"new, absent in {self.gate.against}"
        return "FAILED" if self.failed else "holds"


def load_gates(path: Path) -> tuple[Gate, ...]:
    """The checked gates of a file; VadError has one line per fault, as for params.yaml."""
    values: dict[str, Any] = load_yaml(path)
    return validate(Gates, values, path).gates


def check(
    gates: tuple[Gate, ...], tuned: Metrics, references: Mapping[str, Metrics]
) -> list[Outcome]:
    """The outcome of every gate in every group that it names.

    `tuned` are the metrics of the tuned model by (section, name, metric), `references` those it is
    compared with, by `Gate.against`.
    """
    return [
        Outcome(
            gate,
            group,
            references[gate.against].get((*group, gate.metric)),
            tuned.get((*group, gate.metric)),
        )
        for gate in gates
        for group in groups_of(gate, {*tuned, *references[gate.against]})
    ]


def groups_of(gate: Gate, known: set[Group]) -> Iterator[Group]:
    """The groups that a gate names: itself, or where it names a section, those with its metric."""
    section = sorted(
        key[:-1] for key in known if key[-1] == gate.metric and key[: len(gate.group)] == gate.group
    )
    yield from section or [gate.group]
