"""Other detectors beside both models, as text tables of a page."""

from dataclasses import dataclass

import pandas as pd

from vad.evaluation.scoring import MODELS
from vad.report.measures import MODEL_TITLES, group_title, measure_of
from vad.report.table import FIRST

COLUMNS = ["section", "name", "engine", "metric", "value"]


@dataclass(frozen=True)
class DetectorTable:
    """One group of recordings: `columns` are measures, rows an engine and the text of each."""

    title: str
    columns: list[str]
    rows: list[tuple[str, list[str]]]


def detector_tables(results: pd.DataFrame, detectors: pd.DataFrame) -> list[DetectorTable]:
    """A table for each group of `detectors` (COLUMNS), both models of `results` above the engines.

    Shown are the measures that a reader should see first, of those that other engines have: one
    that decides by itself gives no probabilities, so no ROC-AUC.
    """
    models = results.melt(["section", "name", "metric"], [*MODELS], "engine", "value")
    models["engine"] = models["engine"].map(lambda model: f"Silero VAD, {MODEL_TITLES[model]}")
    tables = []
    for (section, name), rows in detectors.groupby(["section", "name"], sort=False):
        own = models[(models["section"] == section) & (models["name"] == name)]
        metrics = [metric for metric in FIRST if metric in set(rows["metric"])]
        values = pd.concat([own, rows]).set_index(["engine", "metric"])["value"]
        engines = [
            (str(engine), [measure_of(m).text(values.get((engine, m))) for m in metrics])
            for engine in values.index.unique("engine")
        ]
        labels = [measure_of(metric).label for metric in metrics]
        tables.append(DetectorTable(group_title(str(section), str(name)), labels, engines))
    return tables
