"""The curves of both models as charts."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from vad.report.charts import (
    Axis,
    Chart,
    Line,
    deviate_axis,
    fitted_axis,
    linear_axis,
    rate_axis,
    share_axis,
)
from vad.report.measures import MODEL_TITLES
from vad.report.run import kept_epoch

# Thresholds that anyone uses: where nothing or all is speech, both models have the same F1.
FITTED_TO = (0.05, 0.95)
LOSSES = {
    "train_loss": "training",
    "val_loss": "your validation",
    "rehearsal_loss": "rehearsal",
    "noise_loss": "noise",
}


class Picture(NamedTuple):
    """How a table of points is drawn: the columns, what to look for, whether y is fitted."""

    title: str
    reading: str
    x: str
    y: str
    x_label: str
    y_label: str
    x_axis: Callable[[str], Axis] = share_axis
    y_axis: Callable[[str], Axis] = share_axis
    has_marks: bool = False
    has_diagonal: bool = False
    is_fitted: bool = False


PICTURES = {
    "roc": Picture(
        "ROC",
        "Further up and left is better.",
        "false_alarm_rate",
        "hit_rate",
        "false-alarm rate",
        "hit rate",
    ),
    "precision_recall": Picture(
        "Precision and recall",
        "Further up and right is better.",
        "recall",
        "precision",
        "recall",
        "precision",
    ),
    "det": Picture(
        "Detection error trade-off",
        "Nearer to the lower left corner is better; the axes are normal deviates.",
        "false_alarm_rate",
        "miss_rate",
        "false-alarm rate",
        "miss rate",
        deviate_axis,
        deviate_axis,
    ),
    "f1": Picture(
        "F1 against threshold",
        "Higher is better, flatter is safer.",
        "threshold",
        "f1",
        "threshold",
        "F1 of windows",
        is_fitted=True,
    ),
    "calibration": Picture(
        "Calibration",
        "On the diagonal, a probability says how often it is speech.",
        "probability",
        "speech_share",
        "mean probability of windows",
        "share of speech",
        has_marks=True,
        has_diagonal=True,
    ),
    "equal_false_alarms": Picture(
        "Misses at equal false alarms",
        "Lower is better at the same place: a moved threshold only slides along its curve.",
        "noise_share",
        "miss_rate",
        "share of windows without speech that pass",
        "miss rate",
        rate_axis,
    ),
}


def charts(curves: Mapping[str, pd.DataFrame]) -> list[Chart]:
    """A chart for each table of `curves` that is not empty, drawn by PICTURES or as F1 by noise.

    Tables have a row for each point and a column `model`.
    """
    return [
        snr_chart(points) if name == "snr" else curve_chart(PICTURES[name], points)
        for name, points in curves.items()
        if len(points)
    ]


def curve_chart(picture: Picture, points: pd.DataFrame) -> Chart:
    """The models of `points` in one chart."""
    diagonal = np.array([0.0, 1.0])
    y_axis = picture.y_axis(picture.y_label)
    if picture.is_fitted:
        low, high = FITTED_TO
        shown = points[points[picture.x].between(low, high)]
        y_axis = fitted_axis(picture.y_label, shown[picture.y].to_numpy())
    reference = [Line("well calibrated", "reference", diagonal, diagonal)]
    return Chart(
        picture.title,
        picture.reading,
        picture.x_axis(picture.x_label),
        y_axis,
        [
            *(reference if picture.has_diagonal else []),
            *model_lines(points, picture.x, picture.y, picture.has_marks),
        ],
    )


def snr_chart(points: pd.DataFrame) -> Chart:
    """F1 at each noise level of the test."""
    return Chart(
        "F1 against noise",
        "Higher is better; noise grows to the left.",
        linear_axis("speech over noise (dB)", sorted(points["snr_db"].unique())),
        fitted_axis("F1 of windows", points["f1"].to_numpy()),
        model_lines(points, "snr_db", "f1", has_marks=True),
    )


def model_lines(points: pd.DataFrame, x: str, y: str, has_marks: bool) -> list[Line]:
    """A line for each model of `points`."""
    return [
        Line(
            MODEL_TITLES[str(model)], str(model), rows[x].to_numpy(), rows[y].to_numpy(), has_marks
        )
        for model, rows in points.groupby("model", sort=False)
    ]


def training_chart(history: pd.DataFrame) -> Chart:
    """The losses of each epoch, by the rows of metrics/training.csv that are not calibrated."""
    rows = history[history["weights"] != "calibrated"]
    known = {column: title for column, title in LOSSES.items() if column in rows}
    lines = []
    for column, title in known.items():
        measured = rows[rows[column].notna()]
        x, y = measured["epoch"].to_numpy(), measured[column].to_numpy()
        lines.append(Line(title, column.removesuffix("_loss"), x, y, has_marks=True))
    highest = float(rows[[*known]].max().max())
    ticks = [round(highest * part / 4, 2) for part in range(5)]
    best = kept_epoch(history)
    kept = f" Epoch {best} was kept." if best is not None else ""
    return Chart(
        "Training",
        f"Epoch 0 is the published model, which has no training loss.{kept}",
        linear_axis("epoch", rows["epoch"].tolist()),
        linear_axis("loss (binary cross-entropy)", ticks),
        lines,
    )
