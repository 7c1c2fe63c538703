"""The evaluation in short: the JSON that a review compares, the table on screen."""

from typing import Any

import numpy as np
import pandas as pd

from vad.evaluation.scoring import MODELS

MAIN = ("roc_auc", "f1", "miss_rate", "false_alarm_rate", "detection_cost")
REVIEWED = {
    "all": MAIN,
    "domain": MAIN,
    "noise": ("false_alarm_rate", "false_runs_per_hour", "silent_share"),
    "condition": ("f1",),
}
ON_SCREEN = ("roc_auc", "f1", "miss_rate", "false_alarm_rate")
SPANS_ZERO = "~"


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


def spans_zero(results: pd.DataFrame) -> pd.Series:
    """Which differences may be chance: their 95 % interval holds 0, bool [rows]."""
    return (results["low"] <= 0) & (results["high"] >= 0)


def side_by_side(results: pd.DataFrame) -> str:
    """A text table: a row for each group, the models side by side under the main metrics."""
    rows = results[results["metric"].isin(ON_SCREEN)]
    group = (rows["section"] + " " + rows["name"]).str.strip()
    cells = rows[[*MODELS]].map("{:.3f}".format).replace("nan", "")
    cells["finetuned"] += spans_zero(rows).map({True: SPANS_ZERO, False: ""})
    table = cells.set_index([group, rows["metric"]]).unstack("metric").swaplevel(axis=1)
    columns = [(metric, model) for metric in ON_SCREEN for model in MODELS]
    table = table.reindex(index=group.unique(), columns=pd.MultiIndex.from_tuples(columns))
    note = f"\n{SPANS_ZERO} the 95 % interval of the difference spans zero"
    return table.to_string(na_rep="") + (note if spans_zero(rows).any() else "")
