"""An evaluation as a whole: all that the metrics files, the pictures and the report are made of."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from vad.evaluation.choices import Choice
from vad.evaluation.comparisons import Comparison, comparisons
from vad.evaluation.counts import count, evaluation_table
from vad.evaluation.curves import curve_tables, equal_false_alarm_points, snr_points
from vad.evaluation.scoring import MODELS, ScoredClip, detect
from vad.params import Evaluate
from vad.prepared import CLEAN
from vad.silero.geometry import Geometry


@dataclass(frozen=True)
class Results:
    """Both models on the test split.

    `choices` are the operating points of each model, `table` has the columns of
    `counts.COLUMNS`, `curves` the points of each picture by its name, `renditions` each test
    recording in each condition.
    """

    geometry: Geometry
    choices: Mapping[str, Choice]
    table: pd.DataFrame
    curves: Mapping[str, pd.DataFrame]
    renditions: Sequence[Comparison]

    @property
    def recordings(self) -> list[Comparison]:
        """Each test recording as it came."""
        return [one for one in self.renditions if one.condition == CLEAN]

    @property
    def domain_recordings(self) -> Counter[str]:
        """The number of recordings of speech in each domain."""
        return Counter(one.corpus for one in self.recordings if one.role == "speech")


def measure(
    clips: Sequence[ScoredClip],
    geometry: Geometry,
    choices: Mapping[str, Choice],
    params: Evaluate,
    seed: int,
) -> Results:
    """The results of scored test clips; `seed` draws the recordings behind the intervals."""
    points = {model: choice.points for model, choice in choices.items()}
    detected = [detect(clip, geometry, points) for clip in clips]
    counted = count(detected, geometry, points)
    table = evaluation_table(counted, params.bootstrap_draws, seed)
    windows = {model: counted.pooled(model) for model in MODELS}
    curves = curve_tables(windows, params.curve_points) | {
        "equal_false_alarms": pd.concat(
            equal_false_alarm_points(
                counted.noise(model), counted.domain(model), params.curve_points
            ).assign(model=model)
            for model in MODELS
        ),
        "snr": snr_points(table),
    }
    return Results(geometry, choices, table, curves, comparisons(detected))
