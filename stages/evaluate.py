"""Score the exported model beside the published one on the test split."""

from pathlib import Path

import pandas as pd

from vad.artifacts import write_metrics, write_plot
from vad.command import run_stage
from vad.curves import curve_tables, snr_points
from vad.evaluation import Counted, count, evaluation_table
from vad.graph import sequence_model
from vad.params import Params
from vad.prepared import Prepared
from vad.runtime import open_session
from vad.scoring import MODELS, score
from vad.tables import reviewed_metrics, side_by_side
from vad.thresholds import choose_decision, usual_decision, write_rule
from vad.weights import load_published


def main(
    prepared: Path,
    sequence: Path,
    thresholds: Path,
    metrics: Path,
    table: Path,
    plots: Path,
    *,
    params: Params,
) -> None:
    """Choose thresholds for `sequence` on validation, score it on test, print a table.

    Writes `thresholds`, the `metrics` that a review should see, the `table` of all of them, and
    the points of pictures to the folder `plots`.
    """
    data = Prepared(prepared)
    published = load_published(data.geometry.sample_rate)
    sessions = {
        "published": open_session(sequence_model(published, params.opset).SerializeToString()),
        "finetuned": open_session(sequence),
    }
    validation = score(data, "val", sessions)
    usual = usual_decision(params.evaluate)
    chosen = {m: choose_decision(validation, m, data.geometry, params.evaluate) for m in MODELS}
    decisions = {model: {"": usual, "_chosen": chosen[model]} for model in MODELS}
    counted = count(score(data, "test", sessions), data.geometry, decisions)
    results = evaluation_table(counted, params.evaluate.bootstrap_draws, params.seed)
    write_rule(thresholds, chosen["finetuned"].rule, params.evaluate.criterion)
    write_metrics(metrics, reviewed_metrics(results, chosen["finetuned"]))
    write_plot(table, results)
    write_curves(plots, counted, results, params.evaluate.curve_points)
    print(side_by_side(results))


def write_curves(folder: Path, counted: Counted, results: pd.DataFrame, point_count: int) -> None:
    """Write the points of each picture: both models over all windows, and F1 by noise level."""
    windows = {model: counted.pooled(model) for model in MODELS}
    for name, points in curve_tables(windows, point_count).items():
        write_plot(folder / f"{name}.csv", points)
    write_plot(folder / "snr.csv", snr_points(results))


if __name__ == "__main__":
    run_stage(main)
