"""Score the exported model beside the published one on the test split."""

from pathlib import Path
from typing import Annotated

import pandas as pd

from vad.artifacts import scratch, together, write_metrics, write_plot
from vad.command import run_stage
from vad.evaluation.choices import choose_points, write_thresholds
from vad.evaluation.parts import recorded_parts, repeated_parts, score
from vad.evaluation.results import Results, measure
from vad.evaluation.scoring import Exported
from vad.evaluation.tables import headline_metrics, side_by_side
from vad.params import Params
from vad.prepared import opened
from vad.report.run import changed_parameters
from vad.report.verdict import verdict
from vad.report.writing import write_report


def main(
    prepared: Annotated[Path, "folder of stage prepare"],
    streaming: Annotated[Path, "drop-in file of stage export_onnx, for its other branch"],
    sequence: Annotated[Path, "sequence file of stage export_onnx"],
    models: Annotated[Path, "folder to write thresholds.yaml and the model card to"],
    metrics: Annotated[Path, "folder to write metrics, plots and the report to"],
    *,
    params: Params,
) -> None:
    """Choose operating points on validation, score `sequence` on test, print a table.

    Thresholds and the model card go to the folder `models`, all other files to `metrics`.
    """
    with (
        together(models / "README.md", metrics / "evaluate.json"),
        scratch(metrics / "evaluate.json") as scores,
    ):
        data, exported = opened(prepared), Exported(sequence, streaming, params.opset)
        validation = recorded_parts(data, "val", scores, as_recorded=True)
        test = recorded_parts(data, "test", scores) + repeated_parts(data, exported, scores)
        score([*validation, *test], exported)

        choices = choose_points(validation, data.geometry, params.evaluate, params.seed)
        results = measure(test, data.geometry, choices, params.evaluate, params.seed)

        write_thresholds(models / "thresholds.yaml", choices, params.evaluate.criterion)
        write_numbers(results, metrics)
        write_report(
            results,
            data,
            params.opset,
            sequence=sequence,
            training=training_history(metrics / "training.csv"),
            changed=changed_parameters(params),
            page=metrics / "report.html",
            errors=metrics / "errors",
            card=models / "README.md",
        )
    lines = (side_by_side(results.table), "", *verdict(results), "", *where_it_is(models, metrics))
    print(*lines, sep="\n")


def write_numbers(results: Results, metrics: Path) -> None:
    """The headline metrics, the table of all of them, and the points of each curve."""
    headlines = headline_metrics(results.table, results.domain_recordings)
    write_metrics(metrics / "evaluate.json", headlines)
    write_plot(metrics / "evaluation.csv", results.table)
    for name, curve in results.curves.items():
        write_plot(metrics / "plots" / f"{name}.csv", curve)


def training_history(path: Path) -> pd.DataFrame | None:
    """The rows of stage finetune; None where the model was tuned elsewhere."""
    return pd.read_csv(path) if path.exists() else None


def where_it_is(models: Path, metrics: Path) -> list[str]:
    """The last lines of a run: the files to use and to read, and the next command."""
    return [
        f"model       {models / 'silero_vad.onnx'} (and silero_vad_sequence.onnx)",
        f"thresholds  {models / 'thresholds.yaml'}",
        f"model card  {models / 'README.md'}",
        f"report      {metrics / 'report.html'}",
        f"Next: git add dvc.lock {metrics} {models} && git commit",
    ]


if __name__ == "__main__":
    run_stage(main)
