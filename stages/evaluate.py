"""Score the exported model beside the published one on the test split."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from vad.artifacts import write_metrics, write_plot
from vad.command import run_stage
from vad.graph import sequence_model
from vad.metrics import precision_recall_points, roc_points, window_metrics
from vad.params import Params
from vad.prepared import CLEAN, Prepared
from vad.runtime import open_session
from vad.scoring import MODELS, ScoredClip, score
from vad.weights import load_published

Group = tuple[str, ...]

TABLE_METRICS = ("roc_auc", "f1", "miss_rate", "false_alarm_rate")


def main(prepared: Path, sequence: Path, metrics: Path, plots: Path, *, params: Params) -> None:
    """Score `sequence` on the test clips in `prepared`; write metrics and curves, print a table."""
    data = Prepared(prepared)
    published = load_published(data.geometry.sample_rate)
    sessions = {
        "published": open_session(sequence_model(published, params.opset).SerializeToString()),
        "finetuned": open_session(sequence),
    }
    windows = window_table(score(data, "test", sessions))
    values = {
        (model, *group): window_metrics(rows["speech"], rows[model], params.evaluate.threshold)
        for model in MODELS
        for group, rows in group_windows(windows)
    }
    write_metrics(metrics, nested(values))
    for model in MODELS:
        for name, points in (("roc", roc_points), ("precision_recall", precision_recall_points)):
            curve = points(windows["speech"], windows[model], params.evaluate.curve_points)
            write_plot(plots / f"{name}_{model}.csv", curve)
    print(side_by_side(values))


def window_table(clips: list[ScoredClip]) -> pd.DataFrame:
    """A row for each annotated window: where it is from, speech or not, scores.

    Columns: role, corpus, condition, speech, and a probability for each model.
    """
    tables = []
    for scored in clips:
        columns = {"speech": scored.speech, **scored.probabilities}
        kept = {name: values[scored.annotated] for name, values in columns.items()}
        place = {label: getattr(scored.clip, label) for label in ("role", "corpus", "condition")}
        tables.append(pd.DataFrame(kept).assign(**place))
    return pd.concat(tables, ignore_index=True)


def group_windows(windows: pd.DataFrame) -> Iterator[tuple[Group, pd.DataFrame]]:
    """All windows; each domain and each noise corpus as recorded; speech in each condition."""
    yield ("all",), windows
    for role, section in (("speech", "domain"), ("noise", "noise")):
        rows = windows[(windows["role"] == role) & (windows["condition"] == CLEAN)]
        for corpus, part in rows.groupby("corpus"):
            yield (section, str(corpus)), part
    for condition, part in windows[windows["role"] == "speech"].groupby("condition"):
        yield ("condition", str(condition)), part


def nested(values: Mapping[Group, Any]) -> dict[str, Any]:
    """Values by tuples of keys as a mapping of mappings."""
    tree: dict[str, Any] = {}
    for (*path, leaf), value in values.items():
        branch = tree
        for key in path:
            branch = branch.setdefault(key, {})
        branch[leaf] = value
    return tree


def side_by_side(values: Mapping[Group, dict[str, float]]) -> str:
    """A text table: a row for each group, the models side by side under the main metrics."""
    table = pd.DataFrame(
        {
            (metric, model): {
                " ".join(group): group_values.get(metric)
                for (found, *group), group_values in values.items()
                if found == model
            }
            for metric in TABLE_METRICS
            for model in MODELS
        }
    )
    return table.to_string(float_format="{:.3f}".format, na_rep="")


if __name__ == "__main__":
    run_stage(main)
