"""An evaluation as a whole: all that the metrics files, the pictures and the report are made of."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from vad.evaluation.choices import Choice
from vad.evaluation.comparisons import Comparison, comparisons
from vad.evaluation.counts import Counted, count
from vad.evaluation.curves import curve_tables, equal_false_alarm_points, snr_points
from vad.evaluation.groups import evaluation_table
from vad.evaluation.parts import Part
from vad.evaluation.scoring import MODELS, STREAM, OperatingPoints, detect
from vad.params import Evaluate
from vad.prepared import CLEAN
from vad.silero.geometry import Geometry

RECORDING_COUNT = 3


@dataclass(frozen=True)
class Rendition:
    """A recording in one condition: its length and the errors of each model, in samples.

    Its clips, labels and probabilities are read when they are asked for.
    """

    role: str
    corpus: str
    name: str
    condition: str
    length: int
    errors: Mapping[str, int]
    part: Part
    geometry: Geometry
    points: Mapping[str, OperatingPoints]

    @property
    def gained_samples(self) -> int:
        """Samples in error that the fine-tuned model saves; negative where it adds some."""
        return self.errors["published"] - self.errors["finetuned"]

    @cached_property
    def comparison(self) -> Comparison:
        """The recording in detail."""
        clips = self.part.clips((self.role, self.corpus, self.name))
        same = (scored for scored in clips if scored.clip.condition == self.condition)
        return comparisons(detect(scored, self.geometry, self.points) for scored in same)[0]


@dataclass(frozen=True)
class Results:
    """Both models on the test split.

    `choices` are the operating points of each model, `table` has the columns of
    `groups.COLUMNS`, `curves` the points of each picture by its name, `renditions` each test
    recording in each condition but STREAM.
    """

    geometry: Geometry
    choices: Mapping[str, Choice]
    table: pd.DataFrame
    curves: Mapping[str, pd.DataFrame]
    renditions: Sequence[Rendition]

    @property
    def recordings(self) -> list[Rendition]:
        """Each test recording as it came."""
        return [one for one in self.renditions if one.condition == CLEAN]

    @property
    def domain_recordings(self) -> Counter[str]:
        """The number of recordings of speech in each domain."""
        return Counter(one.corpus for one in self.recordings if one.role == "speech")


def measure(
    parts: Sequence[Part],
    geometry: Geometry,
    choices: Mapping[str, Choice],
    params: Evaluate,
    seed: int,
) -> Results:
    """The results of scored test `parts`; `seed` draws the recordings behind the intervals."""
    points = {model: choice.points for model, choice in choices.items()}
    counted = count(parts, geometry, points)
    table = evaluation_table(counted, params.bootstrap_draws, seed)
    windows = {model: counted.pool("all", model) for model in MODELS}
    curves = curve_tables(windows, params.curve_points) | {
        "equal_false_alarms": pd.concat(
            equal_false_alarm_points(
                counted.pool("noise", model), counted.pool("domain", model), params.curve_points
            ).assign(model=model)
            for model in MODELS
        ),
        "snr": snr_points(table),
    }
    return Results(geometry, choices, table, curves, renditions_of(counted, geometry))


def renditions_of(counted: Counted, geometry: Geometry) -> list[Rendition]:
    """Each recording in each condition but STREAM."""
    usual = {model: {"": points[""]} for model, points in counted.points.items()}
    rows = counted.renditions[counted.renditions["condition"] != STREAM]
    return [
        Rendition(
            row.role,
            row.corpus,
            row.name,
            row.condition,
            row.length,
            {model: getattr(row, model) for model in MODELS},
            counted.parts[row.part],
            geometry,
            usual,
        )
        for row in rows.itertuples(index=False)
    ]


def most_gained(renditions: Sequence[Rendition], count: int = RECORDING_COUNT) -> list[Rendition]:
    """At most `count` renditions with the most gained time, the largest first; all gain."""
    ranked = sorted(renditions, key=lambda one: -one.gained_samples)
    return [one for one in ranked[:count] if one.gained_samples > 0]


def most_lost(renditions: Sequence[Rendition], count: int = RECORDING_COUNT) -> list[Rendition]:
    """At most `count` renditions with the most lost time, the largest first; all lose."""
    ranked = sorted(renditions, key=lambda one: one.gained_samples)
    return [one for one in ranked[:count] if one.gained_samples < 0]
