"""Metrics of groups of recordings, with the certainty of each difference."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import vstack

from vad.evaluation.bootstrap import draw_weights, interval
from vad.evaluation.counts import Counted, ModelCounts, edges_of, read_counts
from vad.evaluation.detection import time_metrics
from vad.evaluation.metrics import (
    Counts,
    Windows,
    calibration_starts,
    decision_metrics,
    metrics_at,
    ranking_metrics,
)
from vad.evaluation.parts import RECORDING, Part, most_workers
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

# Draws at a time: ranked in the processor's cache, and decided in some 10 MB.
RANKED_DRAWS, DECIDED_DRAWS = 64, 1024
# Recordings at a time whose counts are not sparse.
BLOCK_RECORDINGS = 512

# The fine-tuned model at its usual point against the published one at its chosen point.
AGAINST_CHOSEN = ("detection_error_rate", "f1")


class Members(NamedTuple):
    """The recordings of a group in one part: their renditions, as rows of its counts.

    `recordings` are the numbers of the recordings in the group, one for each rendition.
    """

    part: Part
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
        for part, renditions, recordings in self.members:
            read = read_counts(part, model)
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
        number = rows.groupby(RECORDING, sort=False).ngroup()
        role = rows.groupby("role").ngroup().to_numpy()[np.unique(number, return_index=True)[1]]
        members = [
            Members(counted.parts[part], of["position"].to_numpy(), of["number"].to_numpy())
            for part, of in rows.assign(number=number).groupby("part")
        ]
        yield Group(section, name, role, members)


def grouped(rows: pd.DataFrame) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    """Section and name of each group of `rows`, with the rows in it.

    Groups are everything except repeated recordings; each domain and each noise corpus as recorded;
    speech in each condition. `rows` has columns role, corpus and condition.
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
    edges = edges_of(points)
    # Ranks need all bins, everything else a few.
    ranked = narrowed(counts, used(counts, BINNED), np.zeros(1, int))
    asked = np.searchsorted(edges[:-1], [*thresholds.values(), *equal.values()])
    asked = np.unique([0, *asked, *calibration_starts(edges)])
    steps = used(counts, STEPPED)
    decided = narrowed(counts, asked, steps)
    ranking = [
        ranking_metrics(*passing_windows(ranked, draws))
        for draws in in_blocks(weights, RANKED_DRAWS)
    ]
    decisions = [
        decided_metrics(weighted(decided, draws), edges[asked], thresholds, equal, steps)
        for draws in in_blocks(weights, DECIDED_DRAWS)
    ]
    return joined(ranking) | joined(decisions)


def decided_metrics(
    sums: Mapping[str, Counts],
    edges: np.ndarray,
    thresholds: Mapping[str, float],
    equal: Mapping[str, float],
    steps: np.ndarray,
) -> Counts:
    """What needs no ranks, from sums by source; `edges` and `steps` are those that are left."""
    windows = Windows(sums["windows"], edges)
    values = decision_metrics(windows, thresholds) | metrics_at(windows, equal)
    for ending in thresholds:
        segments = sums[f"segments{ending}"]
        in_time = time_metrics(segments) | utterance_metrics(segments, LATENCIES_S[steps])
        values |= {f"{name}{ending}": value for name, value in in_time.items()}
    return values


def used(counts: ModelCounts, kinds: tuple[str, ...]) -> np.ndarray:
    """The first bin or step of `kinds`, and those that any recording has something in."""
    columns = [at for (_, kind), at in counts.columns.items() if kind in kinds]
    is_used = np.zeros(counts.counts.shape[1], bool)
    is_used[counts.counts.indices] = True
    return np.union1d(0, np.flatnonzero(np.any([is_used[at] for at in columns], axis=0)))


def narrowed(counts: ModelCounts, bins: np.ndarray, steps: np.ndarray) -> ModelCounts:
    """The same counts in fewer bins and steps: from each of `bins` and of `steps` to the next."""
    starts = dict.fromkeys(BINNED, bins) | dict.fromkeys(STEPPED, steps)
    targets: list[np.ndarray] = []
    columns, end = {}, 0
    for (source, kind), at in counts.columns.items():
        own = np.arange(at.stop - at.start)
        if kind in starts:
            own = np.searchsorted(starts[kind], own, side="right") - 1
        targets.append(end + own)
        columns[source, kind] = slice(end, end := end + int(own[-1]) + 1)
    target = np.concatenate(targets)
    merging = summing(target, np.arange(len(target)), len(target))
    return ModelCounts(columns, counts.counts @ merging.T)


def weighted(counts: ModelCounts, weights: np.ndarray) -> dict[str, Counts]:
    """Sums over the recordings for each row of `weights` [draws, recordings], by source."""
    sums = weights @ counts.counts
    by_source: dict[str, Counts] = {}
    for (source, kind), at in counts.columns.items():
        by_source.setdefault(source, {})[kind] = sums[:, at]
    return by_source


def passing_windows(counts: ModelCounts, weights: np.ndarray) -> list[np.ndarray]:
    """Windows of speech, and of the rest, that pass at falling thresholds: [draws, bins + 1] each.

    They are sums over the recordings for each row of `weights` [draws, recordings], from none on.
    """
    columns = [counts.columns["windows", kind] for kind in BINNED]
    sums = [np.zeros((len(weights), at.stop - at.start + 1)) for at in columns]
    for start in range(0, weights.shape[1], BLOCK_RECORDINGS):
        block = slice(start, start + BLOCK_RECORDINGS)
        dense, own = counts.counts[block].toarray(), weights[:, block].astype(float)
        for at, total in zip(columns, sums, strict=True):
            # Whole numbers below 2**53: exact in whatever order a library adds them up.
            total[:, 1:] += own @ np.cumsum(dense[:, at][:, ::-1], axis=1)
    return sums


def in_blocks(rows: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """`rows`, `size` at a time."""
    return (rows[start : start + size] for start in range(0, len(rows), size))


def joined(blocks: Sequence[Counts]) -> Counts:
    """Values of consecutive blocks of draws in one array each."""
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
