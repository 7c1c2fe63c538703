"""Score the exported model beside the published one on the test split."""

from pathlib import Path

import pandas as pd

from vad.artifacts import replacing, write_metrics, write_plot, write_text
from vad.command import run_stage
from vad.evaluation.comparisons import contrasts, most_gained, most_lost
from vad.evaluation.counts import count, evaluation_table
from vad.evaluation.curves import curve_tables, snr_points
from vad.evaluation.scoring import MODELS, score
from vad.evaluation.tables import reviewed_metrics, side_by_side
from vad.evaluation.thresholds import choose_decision, usual_decision, write_rule
from vad.export.graph import sequence_model
from vad.export.runtime import open_session
from vad.params import Params
from vad.prepared import Prepared
from vad.report.card import data_rows, render_card
from vad.report.label_files import write_label_files
from vad.report.page import render_page
from vad.silero.weights import load_published


def main(
    prepared: Path,
    sequence: Path,
    thresholds: Path,
    card: Path,
    metrics: Path,
    table: Path,
    plots: Path,
    page: Path,
    errors: Path,
    others: Path | None = None,
    *,
    params: Params,
) -> None:
    """Choose thresholds for `sequence` on validation, score it on test, print a table.

    Writes `thresholds`, the model `card`, the `metrics` that a review should see, the `table` of
    all of them, the points of pictures to the folder `plots`, the report `page`, and the labels of
    the recordings in it to the folder `errors`. `others` is a table of other detectors for the
    page, as `make compare` writes it.
    """
    data = Prepared(prepared)
    geometry = data.geometry
    published = load_published(geometry.sample_rate)
    sessions = {
        "published": open_session(sequence_model(published, params.opset).SerializeToString()),
        "finetuned": open_session(sequence),
    }
    validation = score(data, "val", sessions, as_recorded=True)
    usual = usual_decision(params.evaluate)
    chosen = {m: choose_decision(validation, m, geometry, params.evaluate) for m in MODELS}
    decisions = {model: {"": usual, "_chosen": chosen[model]} for model in MODELS}
    test = score(data, "test", sessions)
    counted = count(test, geometry, decisions)
    results = evaluation_table(counted, params.evaluate.bootstrap_draws, params.seed)
    windows = {model: counted.pooled(model) for model in MODELS}
    curves = curve_tables(windows, params.evaluate.curve_points)
    # As a drop-in cuts them: what its users hear.
    rules = dict.fromkeys(MODELS, usual.rule)
    recordings = contrasts(test, geometry, rules)

    rule = chosen["finetuned"].rule
    write_rule(thresholds, rule, params.evaluate.criterion)
    write_metrics(metrics, reviewed_metrics(results, chosen["finetuned"]))
    write_plot(table, results)
    for name, points in {**curves, "snr": snr_points(results)}.items():
        write_plot(plots / f"{name}.csv", points)
    beside = pd.read_csv(others, keep_default_na=False) if others else None
    write_text(page, render_page(results, curves, recordings, geometry, rules, beside))
    write_text(card, render_card(results, data_rows(data), geometry, rule, params.opset))
    with replacing(errors) as (draft,):
        shown = [*most_gained(recordings), *most_lost(recordings)]
        write_label_files(draft, shown, geometry.sample_rate)
    print(side_by_side(results))


if __name__ == "__main__":
    run_stage(main)
