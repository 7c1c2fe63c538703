"""What of the evaluation is shown where: the JSON that a review compares, the table on screen."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from vad.evaluation.scoring import MODELS
from vad.evaluation.thresholds import Decision

MAIN = ("roc_auc", "f1", "miss_rate", "false_alarm_rate", "detection_cost")
REVIEWED = {
    "all": MAIN,
    "domain": MAIN,
    "noise": ("false_alarm_rate", "false_runs_per_hour", "silent_share"),
    "condition": ("f1",),
}
ON_SCREEN = ("roc_auc", "f1", "miss_rate", "false_alarm_rate")
SPANS_ZERO = "~"


def reviewed_metrics(results: pd.DataFrame, chosen: Decision) -> dict[str, Any]:
    """The few of `results` that `dvc metrics diff` should show, by model, section and name.

    Beside the models stands `difference`, each as mean, low and high; what is absent is an absent
    key. `chosen` is the decision that was chosen for the fine-tuned model.
    """
    tree: dict[str, Any] = {model: {} for model in MODELS}
    tree["finetuned"]["thresholds"] = {"window": chosen.window_threshold, **asdict(chosen.rule)}
    for row in results.itertuples(index=False):
        if row.metric in REVIEWED[row.section]:
            path = [part for part in (row.section, row.name) if part]
            for model in MODELS:
                put(tree, [model, *path, row.metric], getattr(row, model))
            ends = {"mean": row.difference, "low": row.low, "high": row.high}
            for end, value in ends.items():
                put(tree, ["difference", *path, row.metric, end], value)
    return tree


def put(tree: dict[str, Any], path: list[str], value: float) -> None:
    """Place a number in nested mappings; what is not finite leaves no trace."""
    if np.isfinite(value):
        *branches, leaf = path
        for branch in branches:
            tree = tree.setdefault(branch, {})
        tree[leaf] = float(value)


def spans_zero(results: pd.DataFrame) -> pd.Series:
    """Which differences may as well be none: their 95 % interval holds 0, bool [rows]."""
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
