"""Score the exported model beside the published one on the test split."""

from pathlib import Path

from vad.artifacts import write_metrics, write_plot
from vad.command import run_stage
from vad.evaluation.results import measure
from vad.evaluation.scoring import open_models, score
from vad.evaluation.tables import reviewed_metrics, side_by_side
from vad.evaluation.thresholds import operating_points, write_options
from vad.params import Params
from vad.prepared import Prepared
from vad.report.writing import write_report


def main(prepared: Path, sequence: Path, models: Path, metrics: Path, *, params: Params) -> None:
    """Choose operating points on validation, score `sequence` on test, print a table.

    Thresholds and the model card go to the folder `models`, all else to `metrics`.
    """
    data = Prepared(prepared)
    sessions = open_models(sequence, data.geometry, params.opset)
    validation = score(data, "val", sessions, as_recorded=True)
    test = score(data, "test", sessions)

    points = operating_points(validation, data.geometry, params.evaluate)
    results = measure(test, data.geometry, points, params.evaluate, params.seed)

    chosen = points["finetuned"]["_chosen"].options
    write_options(models / "thresholds.yaml", chosen, params.evaluate.criterion)
    write_metrics(metrics / "evaluate.json", reviewed_metrics(results.table))
    write_plot(metrics / "evaluation.csv", results.table)
    for name, curve in results.curves.items():
        write_plot(metrics / "plots" / f"{name}.csv", curve)
    pages = {"page": metrics / "report.html", "errors": metrics / "errors"}
    write_report(results, data, params.opset, card=models / "README.md", **pages)
    print(side_by_side(results.table))


if __name__ == "__main__":
    run_stage(main)
