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
from vad.evaluation.metrics import Counts, Windows, bin_edges, window_counts, window_metrics
from vad.evaluation.scoring import MODELS, ScoredClip
from vad.evaluation.segments import speech_segments
from vad.evaluation.sparse import Rows, summing
from vad.evaluation.thresholds import Decision
from vad.evaluation.utterances import silence_counts, utterance_counts, utterance_metrics
from vad.prepared import CLEAN
from vad.randomness import generator
from vad.silero.geometry import Geometry

COLUMNS = ("section", "name", "metric", "published", "finetuned", "difference", "low", "high")
# A recording in one condition, whole: blocks of it are added up.
TAKE = ["role", "corpus", "name", "condition"]

# Decisions by what ends the names of metrics under them; each model has a chosen one of its own.
Decisions = Mapping[str, Decision]
Group = tuple[str, str]


@dataclass(frozen=True)
class ModelCounts:
    """Counts of one model: a sparse array [takes, width] for each kind of count.

    Keys are a source and a kind. Sources are `windows` and, for each of `decisions`, `segments`
    with its ending.
    """

    edges: np.ndarray
    decisions: Decisions
    kinds: dict[tuple[str, str], csr_array]

    def windows(self, weights: np.ndarray, takes: csr_array) -> Windows:
        """Sums over windows, [..., bins], of recordings `takes` [recordings, takes]."""
        return Windows(self._sums("windows", weights, takes), self.edges)

    def metrics(self, weights: np.ndarray, takes: csr_array) -> Counts:
        """Every metric for each row of `weights` [draws, recordings]: name to float64 [draws]."""
        thresholds = {suffix: found.window_threshold for suffix, found in self.decisions.items()}
        values = window_metrics(self.windows(weights, takes), thresholds)
        for suffix in self.decisions:
            sums = self._sums(f"segments{suffix}", weights, takes)
            found = time_metrics(sums) | utterance_metrics(sums)
            values |= {f"{name}{suffix}": value for name, value in found.items()}
        return values

    def _sums(self, source: str, weights: np.ndarray, takes: csr_array) -> Counts:
        return {
            kind: np.asarray(weights @ (takes @ counts).astype(np.float64))
            for (found, kind), counts in self.kinds.items()
            if found == source
        }


@dataclass(frozen=True)
class Counted:
    """`takes` has a row for each recording in each condition: role, corpus, name, condition."""

    takes: pd.DataFrame
    models: dict[str, ModelCounts]

    def groups(self) -> Iterator[tuple[Group, np.ndarray]]:
        """Section and name of each group of takes, and its rows."""
        for group, takes in grouped(self.takes):
            yield group, takes.index.to_numpy()

    def pooled(self, model: str) -> Windows:
        """All windows of a model, as they were counted."""
        recordings, _ = self.recordings(self.takes.index.to_numpy())
        return self.models[model].windows(np.ones(recordings.shape[0]), recordings)

    def recordings(self, rows: np.ndarray) -> tuple[csr_array, np.ndarray]:
        """Which takes belong to each recording among `rows`: [recordings, takes] of 0 and 1.

        With it the role of each recording as a number [recordings].
        """
        takes = self.takes.loc[rows]
        number = takes.groupby(["corpus", "name"], sort=False).ngroup().to_numpy()
        role = takes.groupby("role").ngroup().to_numpy()[np.unique(number, return_index=True)[1]]
        return summing(number, rows, len(self.takes)), role


def grouped(rows: pd.DataFrame) -> Iterator[tuple[Group, pd.DataFrame]]:
    """Section and name of each group of `rows`, which tell role, corpus and condition; its rows.

    All; each domain and each noise corpus as recorded; speech in each condition.
    """
    yield ("all", ""), rows
    for role, section in (("speech", "domain"), ("noise", "noise")):
        as_recorded = rows[(rows["role"] == role) & (rows["condition"] == CLEAN)]
        for corpus, part in as_recorded.groupby("corpus"):
            yield (section, str(corpus)), part
    for condition, part in rows[rows["role"] == "speech"].groupby("condition"):
        yield ("condition", str(condition)), part


def count(
    clips: Sequence[ScoredClip], geometry: Geometry, decisions: Mapping[str, Decisions]
) -> Counted:
    """Counts of every recording under the decisions of each model."""
    rows = pd.DataFrame([{label: getattr(c.clip, label) for label in TAKE} for c in clips])
    number = rows.groupby(TAKE, sort=False).ngroup().to_numpy()
    takes = rows.drop_duplicates().reset_index(drop=True)
    by_take = summing(number, np.arange(len(clips)), len(clips))
    models = {
        model: count_model(clips, model, geometry, decisions[model], by_take) for model in MODELS
    }
    return Counted(takes, models)


def count_model(
    clips: Sequence[ScoredClip],
    model: str,
    geometry: Geometry,
    decisions: Decisions,
    by_take: csr_array,
) -> ModelCounts:
    """Counts of one model; `by_take` [takes, clips] says which clips belong to which take."""
    edges = bin_edges(decision.window_threshold for decision in decisions.values())
    rows: dict[tuple[str, str], Rows] = defaultdict(Rows)
    for clip in clips:
        for key, values in clip_counts(clip, model, geometry, edges, decisions).items():
            rows[key].append(values)
    kinds = {key: by_take @ found.array() for key, found in rows.items()}
    for suffix in decisions:
        utterances, time = (kinds[f"segments{suffix}", kind] for kind in ("utterances", "time"))
        silence = silence_counts(utterances.toarray(), time.toarray()[:, 0])
        kinds[f"segments{suffix}", "silence"] = csr_array(silence)
    return ModelCounts(edges, decisions, kinds)


def clip_counts(
    scored: ScoredClip, model: str, geometry: Geometry, edges: np.ndarray, decisions: Decisions
) -> dict[tuple[str, str], np.ndarray]:
    """Everything that is counted on one clip, by source and kind."""
    clip, probabilities = scored.clip, scored.probabilities[model]
    kept = scored.annotated
    found = window_counts(scored.speech[kept], probabilities[kept], edges)
    counts = {("windows", kind): values for kind, values in found.items()}
    for suffix, decision in decisions.items():
        segments = speech_segments(probabilities, len(clip.samples), geometry, decision.rule)
        intervals = (clip.speech, clip.annotated, segments, geometry.sample_rate)
        found = time_counts(*intervals) | utterance_counts(*intervals)
        counts |= {(f"segments{suffix}", kind): values for kind, values in found.items()}
    return counts


def evaluation_table(counted: Counted, draw_count: int, seed: int) -> pd.DataFrame:
    """Every metric of every group: COLUMNS; `low` and `high` are the ends of the 95 % interval.

    `difference` is finetuned minus published. Groups of few recordings have no interval; what a
    group cannot tell has no row, or no value where one model cannot tell it.
    """
    rows = []
    for (section, name), takes in counted.groups():
        recordings, role = counted.recordings(takes)
        weights = draw_weights(role, draw_count, generator(seed, section, name))
        published, finetuned = (counted.models[m].metrics(weights, recordings) for m in MODELS)
        for metric, values in published.items():
            both = np.stack((values, finetuned[metric], finetuned[metric] - values))
            if np.isfinite(both[:, 0]).any():
                rows.append((section, name, metric, *both[:, 0], *interval(both[2, 1:])))
    return pd.DataFrame(rows, columns=list(COLUMNS))
