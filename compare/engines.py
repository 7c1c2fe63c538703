"""Models and detectors behind one interface, and their metrics over windows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score, roc_auc_score
from tqdm import tqdm

from vad.evaluation.groups import grouped
from vad.evaluation.scoring import ScoredClip
from vad.report.detectors import COLUMNS

GROUPED_BY = ("role", "corpus", "condition")


@dataclass(frozen=True)
class Engine:
    """A model or a detector: its origin, and its score of each window of a clip.

    `scores` returns float [windows]; a window is speech from `threshold` on. Where `ranks` is
    false, scores are decisions and have no order.
    """

    name: str
    source: str
    licence: str
    threshold: float
    ranks: bool
    scores: Callable[[ScoredClip], np.ndarray]


def comparison(clips: Sequence[ScoredClip], engines: Sequence[Engine]) -> pd.DataFrame:
    """A row of COLUMNS for each group, engine and metric."""
    return pd.DataFrame(
        [
            (section, name, engine.name, metric, value)
            for engine in engines
            for (section, name), rows in grouped(window_table(clips, engine))
            for metric, value in window_metrics(rows, engine).items()
        ],
        columns=COLUMNS,
    )


def window_table(clips: Sequence[ScoredClip], engine: Engine) -> pd.DataFrame:
    """A row for each annotated window: its group, speech or not, score."""
    tables = []
    for scored in tqdm(clips, engine.name, unit="clip", disable=None):
        annotated = scored.annotated
        columns = {"speech": scored.speech[annotated], "score": engine.scores(scored)[annotated]}
        labels = {label: getattr(scored.clip, label) for label in GROUPED_BY}
        tables.append(pd.DataFrame(columns).assign(**labels))
    return pd.concat(tables, ignore_index=True)


def window_metrics(rows: pd.DataFrame, engine: Engine) -> dict[str, float]:
    """The metrics of one engine in one group; those that need an absent class are absent."""
    speech, scores = rows["speech"].to_numpy(), rows["score"].to_numpy()
    predicted = scores >= engine.threshold
    values = {}
    if speech.any() and not speech.all():
        if engine.ranks:
            values["roc_auc"] = roc_auc_score(speech, scores)
        values["f1"] = f1_score(speech, predicted)
    if speech.any():
        values["miss_rate"] = np.mean(~predicted[speech])
    if not speech.all():
        values["false_alarm_rate"] = np.mean(predicted[~speech])
    return values
