"""The rows of results as a page shows them: numbers as text, and a bar for each interval."""

import math
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from vad.evaluation.scoring import MODELS
from vad.prepared import CLEAN
from vad.report.measures import (
    Row,
    Verdict,
    group_order,
    group_title,
    measure_of,
    verdict_of,
)

# The measures that a reader should see first, in this order; the rest waits behind a click.
FIRST = (
    "detection_error_rate",
    "f1",
    "f1_at_3_in_1000",
    "miss_rate",
    "false_alarm_rate",
    "roc_auc",
    "lost_share",
    "false_runs_per_hour",
    "silent_share",
)
# There are many conditions, and a page has to end.
FIRST_OF_CONDITION = ("detection_error_rate", "f1", "false_alarm_rate", "lost_share")
CHOSEN = "_chosen"
# The two that stand beside their rate.
HIDDEN = ("false_runs", "nonspeech_s")


@dataclass(frozen=True)
class Whisker:
    """A difference and its interval in per cent of a bar with zero in its middle."""

    low: float
    high: float
    difference: float


@dataclass(frozen=True)
class TableRow:
    """One metric of one group as text, of each model at its usual and at its chosen point."""

    label: str
    published: str
    published_chosen: str
    finetuned: str
    finetuned_chosen: str
    difference: str
    interval: str
    verdict: Verdict
    whisker: Whisker | None


@dataclass(frozen=True)
class TableGroup:
    """A group of recordings: its title, the rows seen first and the rest."""

    title: str
    first: list[TableRow]
    rest: list[TableRow]


def table_groups(results: pd.DataFrame) -> list[TableGroup]:
    """The groups by section, conditions by their level; a group that is another one once."""
    ends = results[["low", "high", "difference"]].abs().max(axis=1)
    reaches = ends.groupby(results["metric"]).max()
    rows_of = dict(list(results.groupby(["section", "name"], sort=False)))
    if sum(section == "domain" for section, _ in rows_of) == 1:
        # The speech of the only domain, as recorded.
        rows_of.pop(("condition", CLEAN), None)
    return [
        table_group(section, name, rows_of[section, name], reaches)
        for section, name in sorted(rows_of, key=lambda group: group_order(*group))
    ]


def table_group(section: str, name: str, rows: pd.DataFrame, reaches: pd.Series) -> TableGroup:
    """One group; `reaches` has the difference at the ends of the bars of each metric."""
    by_metric = {row["metric"]: row for row in rows.to_dict("records")}
    cells = {
        metric: table_row(row, by_metric.get(f"{metric}{CHOSEN}"), reaches[metric])
        for metric, row in by_metric.items()
        if not metric.endswith(CHOSEN) and metric not in HIDDEN
    }
    for ending in ("", CHOSEN):
        add_counts(cells, by_metric, ending)
    seen = FIRST_OF_CONDITION if section == "condition" else FIRST
    first = [cells[metric] for metric in seen if metric in cells]
    rest = [row for metric, row in cells.items() if metric not in seen]
    return TableGroup(group_title(section, name), first, rest)


def add_counts(cells: dict[str, TableRow], by_metric: dict[str, Row], ending: str) -> None:
    """Put the number of false runs beside their rate: an hour of silence is seldom there."""
    counts, lengths = (by_metric.get(f"{name}{ending}") for name in HIDDEN)
    row = cells.get("false_runs_per_hour")
    if row and counts and lengths:
        texts: dict[str, Any] = {
            f"{model}{ending}": f"{counts[model]:.0f} in {lengths[model]:.0f} s"
            for model in MODELS
            if math.isfinite(counts[model])
        }
        cells["false_runs_per_hour"] = replace(
            row, label="false runs, difference per hour", **texts
        )


def table_row(row: Row, chosen: Row | None, reach: float) -> TableRow:
    """A metric at the usual points with the interval of its difference.

    `chosen` is the same metric at the chosen points, None where no point moves it; `reach` is the
    difference at the ends of the metric's bars.
    """
    measure = measure_of(row["metric"])
    has_interval = math.isfinite(row["low"]) and math.isfinite(row["high"])
    interval = f"{measure.signed(row['low'])} to {measure.signed(row['high'])}"
    return TableRow(
        label=measure.label,
        published=measure.text(row["published"]),
        published_chosen=measure.text(chosen["published"]) if chosen else "",
        finetuned=measure.text(row["finetuned"]),
        finetuned_chosen=measure.text(chosen["finetuned"]) if chosen else "",
        difference=measure.signed(row["difference"]),
        interval=interval if has_interval else "",
        verdict=verdict_of(row),
        whisker=whisker(row, reach) if has_interval else None,
    )


def whisker(row: Row, reach: float) -> Whisker:
    """The bar of a row whose interval is known."""
    scale = 50 / reach if reach else 0
    return Whisker(*(round(50 + scale * row[key], 2) for key in ("low", "high", "difference")))
