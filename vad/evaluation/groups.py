"""Metrics of groups of recordings, with the certainty of each difference."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, vstack

from vad.evaluation.bootstrap import draw_weights, interval
from vad.evaluation.counts import Columns, Counted, ModelCounts, edges_of, read_counts
from vad.evaluation.detection import time_metrics
from vad.evaluation.metrics import (
    Counts,
    Windows,
    calibration_starts,
    metrics_at,
    window_metrics,
)
from vad.evaluation.parts import most_workers
from vad.evaluation.scoring import MODELS, REPEATED, OperatingPoints
from vad.evaluation.sparse import summing
from vad.evaluation.utterances import LATENCIES_S, utterance_metrics
from vad.prepared import CLEAN
from vad.randomness import generator
from vad.workers import Step, run_parallel

COLUMNS = ("section", "name", "metric", "published", "finetuned", "difference", "low", "high")

# Shares of the windows without speech that pass, by what ends the names of metrics there.
EQUAL_FALSE_ALARMS = {"_at_1_in_1000": 0.001, "_at_3_in_1000": 0.003, "_at_10_in_1000": 0.01}

# Kinds of counts over bins of probability, and over steps of latency.
BINNED, STEPPED = ("speech", "nonspeech"), ("onsets", "offsets")

# Draws at a time, so that their sums stay in the processor's cache.
BLOCK_DRAWS = 32

# The fine-tuned model at its usual point against the published one at its chosen point.
AGAINST_CHOSEN = ("detection_error_rate", "f1")


class Members(NamedTuple):
    """The recordings of a group in one part: their renditions, as rows of the file of counts.

    `recordings` are the numbers of the recordings in the group, one for each rendition.
    """

    counts: Path
    renditions: np.ndarray
    recordings: np.ndarray


class Group(NamedTuple):
    """A group of recordings; `roles` has the role of each as a number [recordings]."""

    section: str
    name: str
    roles: np.ndarray
    members: list[Members]

    def counts(self, model: str) -> ModelCounts:
        """The counts of a model: a row for each recording."""
        rows, numbers = [], []
        for counts, renditions, recordings in self.members:
            read = read_counts(counts)[model]
            number, row = np.unique(recordings, return_inverse=True)
            rows.append(summing(row, renditions, read.counts.shape[0]) @ read.counts)
            numbers.append(number)
        order = np.argsort(np.concatenate(numbers))
        return ModelCounts(read.columns, vstack(rows, format="csr")[order])


def evaluation_table(counted: Counted, draw_count: int, seed: int) -> pd.DataFrame:
    """Every metric of every group: COLUMNS; `low` and `high` are the ends of the 95 % interval.

    `difference` is finetuned minus published. Groups of few recordings have no interval. A metric
    that is undefined for a group has no row, one that is undefined for one model no value.
    """
    equal = {model: equal_false_alarms(counted.pool("noise", model)) for model in MODELS}
    groups = list(groups_of(counted))
    rows = run_parallel(
        group_rows,
        [(group, counted.points, equal, draw_count, seed) for group in groups],
        "evaluate: draw recordings",
        [Step()] * len(groups),
        "groups",
        most_workers=most_workers(counted.parts),
    )
    return pd.DataFrame([row for of_group in rows for row in of_group], columns=list(COLUMNS))


def equal_false_alarms(noise: Windows) -> dict[str, float]:
    """The thresholds that let each share of EQUAL_FALSE_ALARMS of `noise` pass, by ending."""
    thresholds = {ending: noise.threshold_at(share) for ending, share in EQUAL_FALSE_ALARMS.items()}
    return {ending: value for ending, value in thresholds.items() if np.isfinite(value)}


def groups_of(counted: Counted) -> Iterator[Group]:
    """The groups of `grouped`, their recordings numbered in the order of the renditions."""
    for (section, name), rows in grouped(counted.renditions):
        number = rows.groupby(["corpus", "name"], sort=False).ngroup()
        role = rows.groupby("role").ngroup().to_numpy()[np.unique(number, return_index=True)[1]]
        members = [
            Members(counted.parts[part].counts, of["place"].to_numpy(), of["number"].to_numpy())
            for part, of in rows.assign(number=number).groupby("part")
        ]
        yield Group(section, name, role, members)


def grouped(rows: pd.DataFrame) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    """Section and name of each group of `rows`, with the rows in it.

    Groups are everything except repeated recordings; each domain and each
    noise corpus as recorded; speech in each condition. `rows` has columns role, corpus and
    condition.
    """
    yield ("all", ""), rows[~rows["condition"].isin(REPEATED)]
    for role, section in (("speech", "domain"), ("noise", "noise")):
        as_recorded = rows[(rows["role"] == role) & (rows["condition"] == CLEAN)]
        for corpus, part in as_recorded.groupby("corpus"):
            yield (section, str(corpus)), part
    for condition, part in rows[rows["role"] == "speech"].groupby("condition"):
        yield ("condition", str(condition)), part


def group_rows(
    group: Group,
    points: Mapping[str, OperatingPoints],
    equal: Mapping[str, Mapping[str, float]],
    draw_count: int,
    seed: int,
) -> list[tuple]:
    """The rows of one group; `equal` has thresholds of `equal_false_alarms` by model."""
    weights = draw_weights(group.roles, draw_count, generator(seed, group.section, group.name))
    published, finetuned = (
        drawn_metrics(group.counts(model), weights, points[model], equal[model]) for model in MODELS
    )
    for metric in AGAINST_CHOSEN:
        if f"{metric}_chosen" in published:
            published[f"{metric}_against_chosen"] = published[f"{metric}_chosen"]
            finetuned[f"{metric}_against_chosen"] = finetuned[metric]
    rows = []
    for metric, values in published.items():
        both = np.stack((values, finetuned[metric], finetuned[metric] - values))
        if np.isfinite(both[:, 0]).any():
            rows.append((group.section, group.name, metric, *both[:, 0], *interval(both[2, 1:])))
    return rows


def drawn_metrics(
    counts: ModelCounts,
    weights: np.ndarray,
    points: OperatingPoints,
    equal: Mapping[str, float],
) -> Counts:
    """Every metric for each row of `weights` [draws, recordings]: name to float64 [draws].

    `counts` has a row for each recording, `equal` are thresholds of `equal_false_alarms`.
    """
    thresholds = {ending: point.window_threshold for ending, point in points.items()}
    sums = Sums.of(counts, edges_of(points), [*thresholds.values(), *equal.values()])
    blocks = []
    for start in range(0, len(weights), BLOCK_DRAWS):
        windows, segments = sums.weighted(weights[start : start + BLOCK_DRAWS])
        values = window_metrics(windows, thresholds) | metrics_at(windows, equal)
        for ending in points:
            of_point = segments[f"segments{ending}"]
            in_time = time_metrics(of_point) | utterance_metrics(of_point, sums.latencies_s)
            values |= {f"{name}{ending}": value for name, value in in_time.items()}
        blocks.append(values)
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


class Sums(NamedTuple):
    """Counts of recordings without the bins and latencies that none of them has.

    `counts` is sparse [recordings, counts], with the columns of each key; `edges` are the lower
    edges of the bins that are left, `latencies_s` the latencies.
    """

    counts: csr_array
    columns: Columns
    edges: np.ndarray
    latencies_s: np.ndarray

    @staticmethod
    def of(counts: ModelCounts, edges: np.ndarray, thresholds: Iterable[float]) -> "Sums":
        """Bins that start at one of `thresholds` or of calibration stay."""
        used = np.unique(counts.counts.indices)
        last = len(edges) - 1
        asked = [0, last, *calibration_starts(edges)]
        asked += [min(int(at), last) for at in np.searchsorted(edges, list(thresholds))]
        left = {
            "bins": np.union1d(asked, _used(used, counts.columns, BINNED)),
            "latencies": _used(used, counts.columns, STEPPED),
        }
        axes = dict.fromkeys(BINNED, "bins") | dict.fromkeys(STEPPED, "latencies")
        chosen, columns, end = [], {}, 0
        for key, at in counts.columns.items():
            axis = axes.get(key[1])
            chosen.append(at.start + (left[axis] if axis else np.arange(at.stop - at.start)))
            columns[key] = slice(end, end := end + len(chosen[-1]))
        return Sums(
            counts.counts[:, np.concatenate(chosen)],
            columns,
            edges[left["bins"]],
            LATENCIES_S[left["latencies"]],
        )

    def weighted(self, weights: np.ndarray) -> tuple[Windows, dict[str, Counts]]:
        """Sums over the recordings, each times its weight: `weights` is [draws, recordings].

        Those of windows, and those of segments by their source.
        """
        values = weights @ self.counts
        by_source: dict[str, Counts] = {}
        for (source, kind), at in self.columns.items():
            by_source.setdefault(source, {})[kind] = values[:, at]
        return Windows(by_source.pop("windows"), self.edges), by_source


def _used(used: np.ndarray, columns: Columns, kinds: tuple[str, ...]) -> np.ndarray:
    """The numbers within their key of the `used` columns of `kinds`."""
    parts = [
        used[(used >= at.start) & (used < at.stop)] - at.start
        for (_, kind), at in columns.items()
        if kind in kinds
    ]
    return np.unique(np.concatenate(parts))
