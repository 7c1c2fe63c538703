"""Gates: how much worse a metric of the tuned model may become, as data in gates.yaml."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from review.changes import Revision, differ
from vad.params import Number, Words
from vad.schema import Schema, load_yaml, validate

SECTIONS = ("all", "domain", "noise", "condition")
# Metrics are written with six digits: a difference below is what the subtraction adds.
ROUNDING = 1e-9

Group = tuple[str, ...]
Metrics = Mapping[Group, float]
Limit = Annotated[Number, Field(ge=0)]


class Gate(Schema):
    """One limit. `group` is a group of metrics/evaluation.csv, or a section: each group in it."""

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


@dataclass(frozen=True)
class Compared:
    """The evaluations that gates are checked on: of the revision before, and of the one after."""

    before: Revision
    after: Revision

    @cached_property
    def tuned(self) -> Metrics:
        """Metrics of the tuned model after, by (section, name, metric)."""
        return self.after.column("finetuned")

    def reference(self, gate: Gate) -> Metrics:
        """The metrics that the gate compares with."""
        return self.base if gate.against == "base" else self.published

    @cached_property
    def base(self) -> Metrics:
        """Metrics of the tuned model before."""
        return self.before.column("finetuned")

    @cached_property
    def published(self) -> Metrics:
        """Metrics of the published model after."""
        return self.after.column("published")

    @cached_property
    def ends(self) -> dict[str, Metrics]:
        """The ends of the intervals of tuned minus published, after."""
        return {end: self.after.column(end) for end in ("low", "high")}

    def why_skipped(self, gate: Gate, group: Group) -> str:
        """Why a gate does not apply to a group: absent, or other test data; empty where it does."""
        if not has_group(self.tuned, group):
            return "group absent here"
        if not has_group(self.reference(gate), group):
            return f"group absent in {gate.against}"
        if gate.against == "base" and group in self.other_data:
            return "the test data are others"
        return ""

    @cached_property
    def other_data(self) -> set[Group]:
        """Groups in which the published model, the same before and after, has other metrics."""
        before = self.before.column("published")
        shared = [key for key in self.published if key in before]
        return {key[:-1] for key in shared if differ(before[key], self.published[key])}

    def surely(self, gate: Gate, group: Group) -> float | None:
        """The end of the interval against the published model that is nearer to no change."""
        end = "high" if gate.largest_drop is not None else "low"
        key = (*group, gate.metric)
        return self.ends[end].get(key) if gate.against == "published" else None


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
