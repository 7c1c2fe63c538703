"""Both models on a test split: counts of every recording, then metrics of groups of them.

Recordings are what is drawn in a bootstrap, so everything is first counted for each of them, and
a metric of a group, measured or drawn, is made from weighted sums of these counts.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from vad.evaluation.bootstrap import draw_weights, interval
from vad.evaluation.detection import time_counts, time_metrics
from vad.evaluation.metrics import (
    Counts,
    Windows,
    bin_edges,
    calibration_starts,
    metrics_at,
    window_counts,
    window_metrics,
)
from vad.evaluation.scoring import MODELS, REPEATED, DetectedClip, OperatingPoints
from vad.evaluation.sparse import Rows, summing
from vad.evaluation.utterances import silence_counts, utterance_counts, utterance_metrics
from vad.prepared import CLEAN
from vad.randomness import generator
from vad.silero.geometry import Geometry

COLUMNS = ("section", "name", "metric", "published", "finetuned", "difference", "low", "high")
# A recording in one condition is a rendition; its blocks are added up.
RENDITION = ["role", "corpus", "name", "condition"]

# Shares of the windows without speech that pass, by what ends the names of metrics there.
EQUAL_FALSE_ALARMS = {"_at_1_in_1000": 0.001, "_at_3_in_1000": 0.003, "_at_10_in_1000": 0.01}

# Draws at a time, so that their sums stay in the processor's cache.
BLOCK_DRAWS = 32

# The fine-tuned model at its usual point against the published one at its chosen point.
AGAINST_CHOSEN = ("detection_error_rate", "f1")

Group = tuple[str, str]


@dataclass(frozen=True)
class ModelCounts:
    """Counts of one model: a sparse array [renditions, width] for each kind of count.

    Keys are a source and a kind. Sources are `windows` and, for each of `points`, `segments` with
    its ending.
    """

    edges: np.ndarray
    points: OperatingPoints
    kinds: dict[tuple[str, str], csr_array]

    def equal_false_alarms(self, noise: Windows) -> dict[str, float]:
        """The thresholds that let each share of EQUAL_FALSE_ALARMS of `noise` pass, by ending."""
        thresholds = {
            ending: noise.threshold_at(share) for ending, share in EQUAL_FALSE_ALARMS.items()
        }
        return {ending: value for ending, value in thresholds.items() if np.isfinite(value)}

    def pooled(self, renditions: csr_array) -> Windows:
        """All windows of `renditions`, a row of 0 and 1."""
        sums = {
            kind: (renditions @ counts).toarray()[0]
            for (source, kind), counts in self.kinds.items()
            if source == "windows"
        }
        return Windows(sums, self.edges)

    def metrics(
        self, weights: np.ndarray, renditions: csr_array, equal: Mapping[str, float]
    ) -> Counts:
        """Every metric for each row of `weights` [draws, recordings]: name to float64 [draws].

        `renditions` [recordings, renditions] adds them up, `equal` are thresholds of
        `equal_false_alarms`.
        """
        group = self._of_group(renditions, equal)
        starts = range(0, len(weights), BLOCK_DRAWS)
        blocks = [group._metrics(weights[at : at + BLOCK_DRAWS], equal) for at in starts]
        return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}

    def _of_group(self, renditions: csr_array, equal: Mapping[str, float]) -> "ModelCounts":
        """Counts of recordings, without the bins that none of them has and no metric asks for."""
        kinds = {key: renditions @ counts for key, counts in self.kinds.items()}
        thresholds = [*(point.window_threshold for point in self.points.values()), *equal.values()]
        asked = [0, len(self.edges) - 1, *calibration_starts(self.edges)]
        asked += [min(at, asked[1]) for at in np.searchsorted(self.edges, thresholds)]
        bins = [kinds["windows", kind] for kind in ("speech", "nonspeech")]
        used = np.unique(np.concatenate([asked, *(counts.indices for counts in bins)]))
        for kind, counts in zip(("speech", "nonspeech"), bins, strict=True):
            kinds["windows", kind] = counts[:, used]
        return ModelCounts(self.edges[used], self.points, kinds)

    def _metrics(self, weights: np.ndarray, equal: Mapping[str, float]) -> Counts:
        thresholds = {ending: point.window_threshold for ending, point in self.points.items()}
        windows = Windows(self._sums("windows", weights), self.edges)
        values = window_metrics(windows, thresholds) | metrics_at(windows, equal)
        for ending in self.points:
            sums = self._sums(f"segments{ending}", weights)
            in_time = time_metrics(sums) | utterance_metrics(sums)
            values |= {f"{name}{ending}": value for name, value in in_time.items()}
        return values

    def _sums(self, source: str, weights: np.ndarray) -> Counts:
        return {
            kind: np.asarray(weights @ counts)
            for (origin, kind), counts in self.kinds.items()
            if origin == source
        }


@dataclass(frozen=True)
class Counted:
    """`renditions` has a row for each recording in each condition, with columns RENDITION."""

    renditions: pd.DataFrame
    models: dict[str, ModelCounts]

    def groups(self) -> Iterator[tuple[Group, np.ndarray]]:
        """Section and name of each group of renditions, and its rows."""
        for group, rows in grouped(self.renditions):
            yield group, rows.index.to_numpy()

    def pooled(self, model: str) -> Windows:
        """All windows of a model except those of repeated recordings."""
        return self._pooled(model, (~self.renditions["condition"].isin(REPEATED)).to_numpy())

    def noise(self, model: str) -> Windows:
        """All windows of recordings without speech, as they came."""
        return self._pooled(model, (self.renditions["role"] == "noise").to_numpy())

    def domain(self, model: str) -> Windows:
        """All windows of recordings of speech, as they came."""
        is_speech = self.renditions["role"] == "speech"
        is_clean = self.renditions["condition"] == CLEAN
        return self._pooled(model, (is_speech & is_clean).to_numpy())

    def _pooled(self, model: str, is_member: np.ndarray) -> Windows:
        return self.models[model].pooled(csr_array(is_member[np.newaxis].astype(float)))

    def recordings(self, rows: np.ndarray) -> tuple[csr_array, np.ndarray]:
        """The renditions of each recording among `rows`: [recordings, renditions] of 0 and 1.

        With it the role of each recording as a number [recordings].
        """
        members = self.renditions.loc[rows]
        number = members.groupby(["corpus", "name"], sort=False).ngroup().to_numpy()
        role = members.groupby("role").ngroup().to_numpy()[np.unique(number, return_index=True)[1]]
        return summing(number, rows, len(self.renditions)), role


def grouped(rows: pd.DataFrame) -> Iterator[tuple[Group, pd.DataFrame]]:
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


def count(
    clips: Sequence[DetectedClip], geometry: Geometry, points: Mapping[str, OperatingPoints]
) -> Counted:
    """Counts of every recording at the operating points of each model."""
    rows = pd.DataFrame([{label: getattr(c.clip, label) for label in RENDITION} for c in clips])
    number = rows.groupby(RENDITION, sort=False).ngroup().to_numpy()
    renditions = rows.drop_duplicates().reset_index(drop=True)
    summed = summing(number, np.arange(len(clips)), len(clips))
    models = {model: count_model(clips, model, geometry, points[model], summed) for model in MODELS}
    return Counted(renditions, models)


def count_model(
    clips: Sequence[DetectedClip],
    model: str,
    geometry: Geometry,
    points: OperatingPoints,
    summed: csr_array,
) -> ModelCounts:
    """Counts of one model; `summed` [renditions, clips] adds up the clips of each rendition."""
    edges = bin_edges(point.window_threshold for point in points.values())
    rows: dict[tuple[str, str], Rows] = defaultdict(Rows)
    for clip in clips:
        for key, values in counts_of_clip(clip, model, geometry, edges, points).items():
            rows[key].append(values)
    kinds = {key: summed @ counts.array() for key, counts in rows.items()}
    for ending in points:
        utterances, time = (kinds[f"segments{ending}", kind] for kind in ("utterances", "time"))
        silence = silence_counts(utterances.toarray(), time.toarray()[:, 0])
        kinds[f"segments{ending}", "silence"] = csr_array(silence)
    return ModelCounts(edges, points, kinds)


def counts_of_clip(
    detected: DetectedClip,
    model: str,
    geometry: Geometry,
    edges: np.ndarray,
    points: OperatingPoints,
) -> dict[tuple[str, str], np.ndarray]:
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


def evaluation_table(counted: Counted, draw_count: int, seed: int) -> pd.DataFrame:
    """Every metric of every group: COLUMNS; `low` and `high` are the ends of the 95 % interval.

    `difference` is finetuned minus published. Groups of few recordings have no interval. A metric
    that is undefined for a group has no row, one that is undefined for one model no value.
    """
    rows = []
    equal = {m: counted.models[m].equal_false_alarms(counted.noise(m)) for m in MODELS}
    for (section, name), renditions in counted.groups():
        recordings, role = counted.recordings(renditions)
        weights = draw_weights(role, draw_count, generator(seed, section, name))
        published, finetuned = (
            counted.models[m].metrics(weights, recordings, equal[m]) for m in MODELS
        )
        for metric in AGAINST_CHOSEN:
            if f"{metric}_chosen" in published:
                published[f"{metric}_against_chosen"] = published[f"{metric}_chosen"]
                finetuned[f"{metric}_against_chosen"] = finetuned[metric]
        for metric, values in published.items():
            both = np.stack((values, finetuned[metric], finetuned[metric] - values))
            if np.isfinite(both[:, 0]).any():
                rows.append((section, name, metric, *both[:, 0], *interval(both[2, 1:])))
    return pd.DataFrame(rows, columns=list(COLUMNS))
