"""The evaluation in short: the few numbers that DVC shows, the table on screen."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from vad.evaluation.bootstrap import LEAST_RECORDINGS

# The metric that decides in each section, for the verdict, the terminal, the gates and every diff.
# On noise alone there is nothing to miss.
DECIDING = {
    "domain": "detection_error_rate",
    "condition": "detection_error_rate",
    "noise": "false_alarm_rate",
}


class Headline(NamedTuple):
    """A number of metrics/evaluate.json: its short name there, and the metric of the table."""

    name: str
    section: str
    metric: str
    is_complement: bool = False


# Short, so that `dvc exp show` fits a terminal; docs/metrics.md defines them.
HEADLINES = (
    Headline("error_rate", "domain", DECIDING["domain"]),
    Headline("chosen", "domain", f"{DECIDING['domain']}_chosen"),
    Headline("missed", "domain", "detection_miss"),
    Headline("false_runs_h", "domain", "false_runs_per_hour"),
    Headline("hits", "domain", "miss_rate_at_3_in_1000", is_complement=True),
    Headline("onset_s", "domain", "onset_latency_p90_s"),
    Headline("noise", "noise", DECIDING["noise"]),
)
# Metrics on screen: the head of the columns, the metric, and whether points move it.
ON_SCREEN = (
    ("detection error rate", "detection_error_rate", True),
    ("F1 at 0.5", "f1", False),
    ("F1, 3 alarms in 1000", "f1_at_3_in_1000", False),
    ("false alarms", "false_alarm_rate", False),
)
POINTS = {"published": "published", "published*": "published", "tuned": "finetuned"}
POINTS |= {"tuned*": "finetuned"}
SPANS_ZERO, NO_INTERVAL = "~", "?"
NOTES = (
    "* at thresholds chosen on the validation split",
    f"{SPANS_ZERO} no clear difference: its 95 % interval to published has zero in it",
    f"{NO_INTERVAL} fewer than {LEAST_RECORDINGS} recordings, too few for an interval",
)


def headline_metrics(table: pd.DataFrame, recordings: Mapping[str, int]) -> dict[str, Any]:
    """The few metrics of the tuned model that DVC shows, by HEADLINES and corpus.

    `recordings` is the number of test recordings of each domain. Undefined metrics are
    left out.
    """
    metrics: dict[str, Any] = {}
    for headline in HEADLINES:
        is_own = (table["section"] == headline.section) & (table["metric"] == headline.metric)
        values = table[is_own].set_index("name")["finetuned"].dropna()
        if len(values):
            metrics[headline.name] = (1 - values if headline.is_complement else values).to_dict()
    return metrics | {"recordings": dict(recordings)}


def certainty(row: pd.Series) -> str:
    """A mark for a difference that chance may have made, or that has no interval."""
    if np.isnan(row["difference"]):
        return ""
    if np.isnan(row["low"]):
        return NO_INTERVAL
    return SPANS_ZERO if row["low"] <= 0 <= row["high"] else ""


def side_by_side(table: pd.DataFrame) -> str:
    """A text table: a row for each group, the models side by side under the main metrics."""
    rows = table.set_index(["section", "name", "metric"])
    columns = [
        (head, point, metric + ("_chosen" if point.endswith("*") else ""))
        for head, metric, has_points in ON_SCREEN
        for point in POINTS
        if has_points or not point.endswith("*")
    ]
    groups = table[["section", "name"]].drop_duplicates().itertuples(index=False)
    lines = {
        f"{section} {name}".strip(): [
            cell(rows, (section, name, metric), point) for _, point, metric in columns
        ]
        for section, name in groups
    }
    heads = pd.MultiIndex.from_tuples([column[:2] for column in columns])
    text = pd.DataFrame.from_dict(lines, orient="index", columns=heads).to_string()
    return "\n".join((text, *NOTES))


def cell(rows: pd.DataFrame, key: tuple[str, str, str], point: str) -> str:
    """A value as text; that of the tuned model at its usual point with its certainty."""
    if key not in rows.index or np.isnan(rows.loc[key, POINTS[point]]):
        return ""
    value = f"{rows.loc[key, POINTS[point]]:.3f}"
    return value + (certainty(rows.loc[key]) or " ") if point == "tuned" else value
