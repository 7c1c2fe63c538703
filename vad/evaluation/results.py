"""An evaluation as a whole: all that the metrics files, the pictures and the report are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from vad.evaluation.comparisons import Comparison, comparisons
from vad.evaluation.counts import count, evaluation_table
from vad.evaluation.curves import curve_tables, snr_points
from vad.evaluation.scoring import MODELS, OperatingPoints, ScoredClip, detect
from vad.params import Evaluate
from vad.silero.geometry import Geometry


@dataclass(frozen=True)
class Results:
    """Both models on the test split.

    `points` are the operating points of each model, `table` has the columns of
    `counts.COLUMNS`, `curves` the points of each picture by its name, `recordings` each test
    recording as it came.
    """

    geometry: Geometry
    points: Mapping[str, OperatingPoints]
    table: pd.DataFrame
    curves: Mapping[str, pd.DataFrame]
    recordings: Sequence[Comparison]


def measure(
    clips: Sequence[ScoredClip],
    geometry: Geometry,
    points: Mapping[str, OperatingPoints],
    params: Evaluate,
    seed: int,
) -> Results:
    """The results of scored test clips; `seed` draws the recordings behind the intervals."""
    detected = [detect(clip, geometry, points) for clip in clips]
    counted = count(detected, geometry, points)
    table = evaluation_table(counted, params.bootstrap_draws, seed)
    windows = {model: counted.pooled(model) for model in MODELS}
    curves = curve_tables(windows, params.curve_points) | {"snr": snr_points(table)}
    return Results(geometry, points, table, curves, comparisons(detected))
