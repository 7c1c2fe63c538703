"""Gates: how much worse a metric of the tuned model may become, as data in gates.yaml."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, field_validator, model_validator

from review.changes import differ
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
    """The result of a gate in one group; a value is None where the group or metric is absent.

    `surely` is the end of the 95 % interval of the change that is nearer to no change, None where
    there is no interval. `skipped` is the reason why the gate does not apply, empty where it does.
    """

    gate: Gate
    group: Group
    before: float | None
    after: float | None
    surely: float | None = None
    skipped: str = ""

    @property
    def failed(self) -> bool:
        """Where there is an interval, only a change that surely exceeds the limit fails."""
        if self.skipped:
            return False
        if self.after is None or self.before is None:
            return True
        change = self.after - self.before if self.surely is None else self.surely
        return not self.gate.holds(0, change)

    @property
    def verdict(self) -> str:
        """The outcome in a few words."""
        if self.skipped:
            return f"skipped: {self.skipped}"
        if self.after is None or self.before is None:
            return "FAILED: metric absent"
        return "FAILED" if self.failed else "holds"


class Compared(NamedTuple):
    """Metrics by (section, name, metric) that gates are checked on.

    `tuned` and `published` are those of the working tree, `base` and `base_published` those of the
    revision that it is compared with, `differences` the intervals of tuned minus published.
    """

    tuned: Metrics
    published: Metrics
    base: Metrics
    base_published: Metrics
    differences: Metrics

    def reference(self, gate: Gate) -> Metrics:
        """The metrics that the gate compares with."""
        return self.base if gate.against == "base" else self.published

    def why_skipped(self, gate: Gate, group: Group) -> str:
        """Why a gate does not apply to a group: absent, or other test data; empty where it does."""
        if not has_group(self.tuned, group):
            return "group absent here"
        if not has_group(self.reference(gate), group):
            return f"group absent in {gate.against}"
        if gate.against == "base" and self.has_other_data(group):
            return "the test data are others"
        return ""

    def has_other_data(self, group: Group) -> bool:
        """Whether the published model, which is the same in both, has other metrics in a group."""
        shared = [key for key in self.published if key[:-1] == group and key in self.base_published]
        return any(differ(self.base_published[key], self.published[key]) for key in shared)

    def surely(self, gate: Gate, group: Group) -> float | None:
        """The end of the interval against the published model that is nearer to no change."""
        end = "high" if gate.largest_drop is not None else "low"
        return self.differences.get((*group, gate.metric, end)) if gate.against != "base" else None


def has_group(metrics: Metrics, group: Group) -> bool:
    return any(key[:-1] == group for key in metrics)


def load_gates(path: Path) -> tuple[Gate, ...]:
    """The checked gates of a file; VadError has one line per fault, as for params.yaml."""
    values: dict[str, Any] = load_yaml(path)
    return validate(Gates, values, path).gates


def check(gates: tuple[Gate, ...], compared: Compared) -> list[Outcome]:
    """The outcome of every gate in every group that it names."""
    return [
        Outcome(
            gate,
            group,
            compared.reference(gate).get((*group, gate.metric)),
            compared.tuned.get((*group, gate.metric)),
            compared.surely(gate, group),
            compared.why_skipped(gate, group),
        )
        for gate in gates
        for group in groups_of(gate, {*compared.tuned, *compared.reference(gate)})
    ]


def groups_of(gate: Gate, known: set[Group]) -> Iterator[Group]:
    """The groups that a gate names: itself, or where it names a section, those with its metric."""
    section = sorted(
        key[:-1] for key in known if key[-1] == gate.metric and key[: len(gate.group)] == gate.group
    )
    yield from section or [gate.group]
