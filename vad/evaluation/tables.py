"""The evaluation in short: the JSON that a review compares, the table on screen."""

from typing import Any

import numpy as np
import pandas as pd

from vad.evaluation.scoring import MODELS

MAIN = ("detection_error_rate", "f1", "f1_at_3_in_1000", "miss_rate", "false_alarm_rate")
REVIEWED = {
    "all": ("roc_auc", "f1"),
    "domain": ("roc_auc", "detection_error_rate_chosen", *MAIN),
    "noise": ("false_alarm_rate", "false_runs_per_hour", "silent_share"),
    "condition": ("f1", "lost_share"),
}
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
    f"{SPANS_ZERO} the 95 % interval of the difference to published spans zero",
    f"{NO_INTERVAL} too few recordings for an interval",
)


def reviewed_metrics(table: pd.DataFrame) -> dict[str, Any]:
    """The metrics of `table` that `dvc metrics diff` shows, by model, section and name.

    `difference` stands beside the models, each as mean, low and high. What is undefined is an
    absent key.
    """
    tree: dict[str, Any] = {model: {} for model in MODELS}
    for row in table.itertuples(index=False):
        if row.metric in REVIEWED[row.section]:
            path = [part for part in (row.section, row.name) if part]
            for model in MODELS:
                put(tree, [model, *path, row.metric], getattr(row, model))
            ends = {"mean": row.difference, "low": row.low, "high": row.high}
            for end, value in ends.items():
                put(tree, ["difference", *path, row.metric, end], value)
    return tree


def put(tree: dict[str, Any], path: list[str], value: float) -> None:
    """Place a number in nested mappings; what is not finite is left out."""
    if np.isfinite(value):
        *branches, leaf = path
        for branch in branches:
            tree = tree.setdefault(branch, {})
        tree[leaf] = float(value)


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
