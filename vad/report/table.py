"""The rows of results as a page shows them: numbers as text, and a bar for each interval."""

import math
from dataclasses import dataclass

import pandas as pd

from vad.report.measures import Row, Verdict, group_title, measure_of, verdict_of

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
    """The groups in the order in which they stand in `results`."""
    ends = results[["low", "high", "difference"]].abs().max(axis=1)
    reaches = ends.groupby(results["metric"]).max()
    groups = []
    for (section, name), rows in results.groupby(["section", "name"], sort=False):
        records = rows.to_dict("records")
        by_metric = {row["metric"]: row for row in records}
        cells = {
            metric: table_row(row, by_metric.get(f"{metric}{CHOSEN}"), reaches[metric])
            for metric, row in by_metric.items()
            if not metric.endswith(CHOSEN)
        }
        seen = FIRST_OF_CONDITION if section == "condition" else FIRST
        first = [cells[metric] for metric in seen if metric in cells]
        rest = [row for metric, row in cells.items() if metric not in seen]
        groups.append(TableGroup(group_title(str(section), str(name)), first, rest))
    return groups


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
