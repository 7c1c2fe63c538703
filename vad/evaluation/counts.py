"""Both models on the recordings of a test split: counts of each, by the workers that scored them.

Recordings are what is drawn in a bootstrap, so everything is first counted for each of them, and
a metric of a group, measured or drawn, is made from weighted sums of these counts.
"""

import pickle
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, hstack

from vad.artifacts import write_bytes
from vad.evaluation.comparisons import comparisons
from vad.evaluation.detection import time_counts
from vad.evaluation.metrics import Counts, Windows, bin_edges, window_counts
from vad.evaluation.parts import RECORDING, Part, over_parts
from vad.evaluation.scoring import MODELS, REPEATED, DetectedClip, OperatingPoints, detect
from vad.evaluation.sparse import Rows, summing
from vad.evaluation.utterances import silence_counts, utterance_counts
from vad.prepared import CLEAN
from vad.silero.geometry import Geometry

# A recording in one condition is a rendition; its blocks are added up.
RENDITION = [*RECORDING, "condition"]
# A source, `windows` or `segments` with the ending of an operating point, and what is counted.
Key = tuple[str, str]
Columns = dict[Key, slice]

# Renditions whose windows are pooled in curves and thresholds: those in the figures of all, all
# without speech, and all of speech as it came.
POOLS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "all": lambda rows: ~rows["condition"].isin(REPEATED),
    "noise": lambda rows: rows["role"] == "noise",
    "domain": lambda rows: (rows["role"] == "speech") & (rows["condition"] == CLEAN),
}


@dataclass(frozen=True)
class ModelCounts:
    """Counts of one model, sparse [renditions, counts]; `columns` are those of each key."""

    columns: Columns
    counts: csr_array

    def windows(self, is_member: np.ndarray) -> Counts:
        """Sums of what was counted in the windows of the renditions of `is_member`."""
        sums = is_member.astype(float) @ self.counts
        of_windows = [(key, at) for key, at in self.columns.items() if key[0] == "windows"]
        return {kind: sums[at] for (_, kind), at in of_windows}


class CountedPart(NamedTuple):
    """What the first process learns of a part.

    `renditions` has columns RENDITION, `row` (the first one in the table of recordings) and, in
    samples, `length` and the errors of each model. `pools` has the windows of each model in each
    of POOLS.
    """

    renditions: pd.DataFrame
    pools: dict[tuple[str, str], Counts]


@dataclass(frozen=True)
class Counted:
    """All parts: renditions with their `part` and `position` in its counts, and the pools."""

    parts: Sequence[Part]
    renditions: pd.DataFrame
    points: Mapping[str, OperatingPoints]
    pools: Mapping[tuple[str, str], Counts]

    def edges(self, model: str) -> np.ndarray:
        """Lower edges of the bins of probability."""
        return edges_of(self.points[model])

    def pool(self, name: str, model: str) -> Windows:
        """The windows of one of POOLS."""
        return Windows(self.pools[name, model], self.edges(model))


def edges_of(points: OperatingPoints) -> np.ndarray:
    """Lower edges of the bins of probability of a model with these operating points."""
    return bin_edges(point.window_threshold for point in points.values())


def count(
    parts: Sequence[Part], geometry: Geometry, points: Mapping[str, OperatingPoints]
) -> Counted:
    """Counts of every rendition in the scored `parts`, at the operating points of each model."""
    by_part = over_parts(count_part, parts, "evaluate: count", geometry, points)
    tables = [counted.renditions.assign(part=at) for at, counted in enumerate(by_part)]
    renditions = pd.concat(tables).rename_axis("position").reset_index()
    # As in the table of recordings, speech first, whatever the parts; what is repeated comes last.
    order = renditions.assign(repeated=renditions["condition"].isin(REPEATED)).sort_values(
        ["repeated", "role", "row"], ascending=[True, False, True], kind="stable"
    )
    pools = {
        key: {kind: np.sum([part.pools[key][kind] for part in by_part], axis=0) for kind in kinds}
        for key, kinds in by_part[0].pools.items()
    }
    return Counted(parts, renditions.loc[order.index].reset_index(drop=True), points, pools)


def count_part(
    part: Part, geometry: Geometry, points: Mapping[str, OperatingPoints]
) -> CountedPart:
    """Count the clips of a part and write the counts to its files."""
    clips = [detect(scored, geometry, points) for scored in part.clips()]
    rows = pd.DataFrame([{label: getattr(c.clip, label) for label in RENDITION} for c in clips])
    number = rows.groupby(RENDITION, sort=False).ngroup().to_numpy()
    renditions = rows.assign(row=part.rows).drop_duplicates(RENDITION).reset_index(drop=True)
    summed = summing(number, np.arange(len(clips)), len(clips))
    counts = {m: count_model(clips, m, geometry, points[m], summed) for m in MODELS}
    for model in MODELS:
        write_bytes(part.counts(model), pickle.dumps(counts[model]))
    errors = comparisons(clips)
    for model in MODELS:
        renditions[model] = [one.error_samples(model) for one in errors]
    pools = {
        (name, model): counts[model].windows(is_member(renditions).to_numpy())
        for name, is_member in POOLS.items()
        for model in MODELS
    }
    return CountedPart(renditions.assign(length=[one.sample_count for one in errors]), pools)


def read_counts(part: Part, model: str) -> ModelCounts:
    """The counts that `count_part` wrote."""
    counts: ModelCounts = pickle.loads(part.counts(model).read_bytes())  # noqa: S301 (our own)
    return counts


def count_model(
    clips: Iterable[DetectedClip],
    model: str,
    geometry: Geometry,
    points: OperatingPoints,
    summed: csr_array,
) -> ModelCounts:
    """Counts of one model; `summed` [renditions, clips] adds up the clips of each rendition."""
    edges, rows = edges_of(points), Rows()
    for clip in clips:
        counts = counts_of_clip(clip, model, geometry, edges, points)
        rows.append(np.concatenate(list(counts.values())))
    columns = columns_of(counts)
    summed_counts = summed @ rows.array()
    silence = {}
    for ending in points:
        source = f"segments{ending}"
        utterances, time = (
            summed_counts[:, columns[source, kind]].toarray() for kind in ("utterances", "time")
        )
        silence[source, "silence"] = silence_counts(utterances, time[:, 0])
    stacked = hstack([summed_counts, *map(csr_array, silence.values())], format="csr")
    widths = counts | {key: values[0] for key, values in silence.items()}
    return ModelCounts(columns_of(widths), stacked)


def columns_of(counts: Mapping[Key, np.ndarray]) -> Columns:
    """Where each array of `counts` is when they stand side by side."""
    ends = np.cumsum([len(values) for values in counts.values()])
    return {
        key: slice(int(end) - len(values), int(end))
        for (key, values), end in zip(counts.items(), ends, strict=True)
    }


def counts_of_clip(
    detected: DetectedClip,
    model: str,
    geometry: Geometry,
    edges: np.ndarray,
    points: OperatingPoints,
) -> dict[Key, np.ndarray]:
    """All counts of one clip, by source and kind."""
    windows = window_counts(*detected.scored.annotated_windows(model), edges)
    counts = {("windows", kind): values for kind, values in windows.items()}
    clip = detected.clip
    for ending in points:
        segments = detected.segments[model, ending]
        intervals = (clip.speech, clip.annotated, segments, geometry.sample_rate)
        in_time = time_counts(*intervals) | utterance_counts(*intervals)
        counts |= {(f"segments{ending}", kind): values for kind, values in in_time.items()}
    return counts
