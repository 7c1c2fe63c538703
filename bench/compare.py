"""Other detectors beside the two models on the prepared test split: make compare.

Same audio, same windows of 32 ms, same labels and mask as in stage evaluate. ROC-AUC where a
detector gives a score; F1, miss rate and false-alarm rate at its own default. One that says yes or
no has as many rows as it has settings. Writes metrics/compare.csv and metrics/compare.html, the
report with these rows, and prints the table.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score, roc_auc_score
from tqdm import tqdm

from bench.detectors import DETECTORS, Detector
from stages import evaluate
from vad.artifacts import write_plot
from vad.evaluation.counts import grouped
from vad.export.graph import sequence_model
from vad.export.runtime import open_session, sequence_probabilities
from vad.params import Params, load_params
from vad.prepared import Clip, Prepared
from vad.silero.weights import WEIGHTS_LICENCE, load_published

PREPARED = Path("data/prepared")
SEQUENCE = Path("models/silero_vad_sequence.onnx")
TABLE = Path("metrics/compare.csv")
PAGE = Path("metrics/compare.html")
COLUMNS = ("section", "name", "engine", "metric", "value")
METRICS = ("roc_auc", "f1", "miss_rate", "false_alarm_rate")

WindowScores = Callable[[Clip], np.ndarray]


@dataclass(frozen=True)
class Engine:
    """A model or a detector: what it is, and its score of each window of a clip."""

    name: str
    source: str
    licence: str
    threshold: float
    ranks: bool
    scores: WindowScores


def models(data: Prepared, sequence: Path, params: Params) -> list[Engine]:
    """The published and the fine-tuned model as in stage evaluate."""
    geometry = data.geometry
    published = sequence_model(load_published(geometry.sample_rate), params.opset)
    files: dict[str, tuple[str, bytes | Path]] = {
        "published": (f"silero-vad {version('silero-vad')}", published.SerializeToString()),
        "finetuned": ("this repository", sequence),
    }
    opened = {name: (source, open_session(file)) for name, (source, file) in files.items()}
    return [
        Engine(
            name,
            source,
            WEIGHTS_LICENCE,
            params.evaluate.threshold,
            True,
            lambda clip, session=session: sequence_probabilities(session, clip.samples, geometry),
        )
        for name, (source, session) in opened.items()
    ]


def as_engine(detector: Detector, data: Prepared) -> Engine:
    return Engine(
        detector.name,
        f"{detector.package} {detector.version}",
        detector.licence,
        detector.window_threshold,
        detector.ranks,
        lambda clip: detector.window_scores(clip.samples, data.geometry),
    )


def window_table(data: Prepared, engine: Engine) -> pd.DataFrame:
    """A row for each annotated window of the test split: place, speech or not, score."""
    tables = []
    clips = [*data.clips("speech", "test"), *data.clips("noise", "test")]
    for clip in tqdm(clips, engine.name, unit="clip", disable=None):
        annotated = clip.annotated_windows(data.geometry)
        columns = {"speech": clip.speech_windows(data.geometry), "score": engine.scores(clip)}
        kept = {name: values[annotated] for name, values in columns.items()}
        place = {label: getattr(clip, label) for label in ("role", "corpus", "condition")}
        tables.append(pd.DataFrame(kept).assign(**place))
    return pd.concat(tables, ignore_index=True)


def measures(rows: pd.DataFrame, engine: Engine) -> dict[str, float]:
    """The metrics of one engine in one group; what needs a class that is missing is absent."""
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


def comparison(data: Prepared, compared: Sequence[Engine]) -> pd.DataFrame:
    """A row of COLUMNS for each group, engine and metric."""
    return pd.DataFrame(
        [
            (section, name, engine.name, metric, value)
            for engine in compared
            for (section, name), rows in grouped(window_table(data, engine))
            for metric, value in measures(rows, engine).items()
        ],
        columns=COLUMNS,
    )


def markdown(results: pd.DataFrame, compared: Sequence[Engine]) -> Iterator[str]:
    """A Markdown table for each group, a line for each engine."""
    for (section, name), rows in results.groupby(["section", "name"], sort=False):
        wide = rows.pivot_table(index="engine", columns="metric", values="value")
        yield f"\n{f'{section} {name}'.strip()}\n"
        yield f"| detector | from | licence | {' | '.join(METRICS)} |"
        yield "|---" * (3 + len(METRICS)) + "|"
        for engine in compared:
            found = wide.loc[engine.name] if engine.name in wide.index else {}
            cells = [f"{found[m]:.3f}" if pd.notna(found.get(m)) else "" for m in METRICS]
            yield "| " + " | ".join((engine.name, engine.source, engine.licence, *cells)) + " |"


def write_page(prepared: Path, sequence: Path, table: Path, page: Path, params: Params) -> None:
    """The report of stage evaluate with the rows of `table`; what else it writes is left out."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = [folder / part for part in ("thresholds", "card", "metrics", "table", "plots")]
        errors = folder / "errors"
        evaluate.main(prepared, sequence, *before, page, errors, table, params=params)


def main(
    prepared: Path = PREPARED, sequence: Path = SEQUENCE, table: Path = TABLE, page: Path = PAGE
) -> None:
    """Score every engine on the test split, write `table` and `page`, and print the table."""
    data, params = Prepared(prepared), load_params()
    others = [as_engine(detector, data) for detector in DETECTORS]
    compared = [*models(data, sequence, params), *others]
    results = comparison(data, compared)
    write_plot(table, results)
    write_page(prepared, sequence, table, page, params)
    print(*markdown(results, compared), sep="\n")


if __name__ == "__main__":
    main()
