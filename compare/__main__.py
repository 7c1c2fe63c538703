"""Other detectors beside the two models on the prepared test split: python -m compare.

Same audio, same windows of 32 ms, same labels and mask as in stage evaluate. ROC-AUC where a
detector gives a score; F1, miss rate and false-alarm rate at its own default. One that only decides
has as many rows as it has settings. Writes metrics/compare.csv and metrics/compare.html, the report
with these rows, and prints the table.
"""

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from compare.detectors import DETECTORS, Detector
from compare.engines import Engine, comparison
from vad.artifacts import scratch, write_plot, write_text
from vad.evaluation.choices import Choice
from vad.evaluation.parts import Part, recorded_parts, score
from vad.evaluation.results import Results, measure
from vad.evaluation.scoring import MODELS, Exported
from vad.evaluation.thresholds import usual_point
from vad.params import Params, load_params
from vad.prepared import opened
from vad.report.page import render_page
from vad.silero.geometry import Geometry
from vad.silero.weights import WEIGHTS_LICENCE

PREPARED = Path("data/prepared")
SEQUENCE = Path("models/silero_vad_sequence.onnx")
STREAMING = Path("models/silero_vad.onnx")
TABLE = Path("metrics/compare.csv")
PAGE = Path("metrics/compare.html")
METRICS = ("roc_auc", "f1", "miss_rate", "false_alarm_rate")


def main(
    prepared: Path = PREPARED, sequence: Path = SEQUENCE, table: Path = TABLE, page: Path = PAGE
) -> None:
    """Score every engine on the test split, write `table` and `page`, and print the table."""
    data, params = opened(prepared), load_params()
    engines = all_engines(data.geometry, params)
    with scratch(table) as scores:
        parts = recorded_parts(data, "test", scores)
        score(parts, Exported(sequence, STREAMING, params.opset))
        rows = comparison([clip for part in parts for clip in part.clips()], engines)
        write_plot(table, rows)
        results = at_usual_points(parts, data.geometry, params)
        write_text(page, render_page(results, detectors=rows))
    print(*markdown(rows, engines), sep="\n")


def all_engines(geometry: Geometry, params: Params) -> list[Engine]:
    """Both models, then every detector."""
    sources = {"published": f"silero-vad {version('silero-vad')}", "finetuned": "this repository"}
    threshold = params.evaluate.threshold
    models = [model_engine(model, sources[model], threshold) for model in MODELS]
    return [*models, *(detector_engine(detector, geometry) for detector in DETECTORS)]


def model_engine(model: str, source: str, threshold: float) -> Engine:
    """A model, whose probabilities the scored clips hold."""
    return Engine(
        model, source, WEIGHTS_LICENCE, threshold, True, lambda scored: scored.probabilities[model]
    )


def detector_engine(detector: Detector, geometry: Geometry) -> Engine:
    """A detector, which reads the samples."""
    return Engine(
        detector.name,
        f"{detector.package} {detector.version}",
        detector.licence,
        detector.window_threshold,
        detector.ranks,
        lambda scored: detector.window_scores(scored.clip.samples, geometry),
    )


def at_usual_points(parts: Sequence[Part], geometry: Geometry, params: Params) -> Results:
    """The results of both models at the operating point of a drop-in."""
    usual = usual_point(params.evaluate)
    choices = {model: Choice(usual, usual, is_clear=False) for model in MODELS}
    return measure(parts, geometry, choices, params.evaluate, params.seed)


def markdown(rows: pd.DataFrame, engines: Sequence[Engine]) -> Iterator[str]:
    """A Markdown table for each group, a line for each engine."""
    for (section, name), group in rows.groupby(["section", "name"], sort=False):
        wide = group.pivot_table(index="engine", columns="metric", values="value")
        yield f"\n{f'{section} {name}'.strip()}\n"
        yield f"| detector | from | licence | {' | '.join(METRICS)} |"
        yield "|---" * (3 + len(METRICS)) + "|"
        for engine in engines:
            values = wide.loc[engine.name] if engine.name in wide.index else {}
            cells = [f"{values[m]:.3f}" if pd.notna(values.get(m)) else "" for m in METRICS]
            yield "| " + " | ".join((engine.name, engine.source, engine.licence, *cells)) + " |"


if __name__ == "__main__":
    main()
