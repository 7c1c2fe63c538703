"""The first screen of the report: the verdict in plain words, four columns, what to use."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import pandas as pd

from vad.evaluation.results import Results
from vad.evaluation.tables import DECIDING
from vad.report.measures import BETTER, UNKNOWN, WORSE, measure_of, verdict_of
from vad.report.verdict import headline, rows_of

POINTS = {"": "at usual thresholds", "_chosen": "at chosen thresholds"}
COLUMNS = [(model, ending) for model in ("published", "finetuned") for ending in ("", "_chosen")]
STYLES = {"Better": "better", "Worse": "worse"}
NOISE_WORDS = {
    BETTER: "fewer false alarms",
    WORSE: "more false alarms",
    UNKNOWN: "too few recordings to judge",
}


@dataclass(frozen=True)
class Banner:
    """A line of the verdict: a word, a sentence, and a class of the style sheet."""

    style: str
    word: str
    sentence: str


@dataclass(frozen=True)
class FourRow:
    """A metric under each of COLUMNS, as text."""

    label: str
    values: list[str]


def banners(results: Results) -> list[Banner]:
    """The verdict on each domain that has speech in its test recordings, then on noise."""
    table = results.table
    lines = [
        domain_banner(table, name, count)
        for name, count in results.domain_recordings.items()
        if DECIDING["domain"] in rows_of(table, "domain", name)
    ]
    rows = table[(table["section"] == "noise") & (table["metric"] == DECIDING["noise"])]
    for row in rows.to_dict("records"):
        verdict = verdict_of(row)
        words = NOISE_WORDS.get(verdict, "no clear change")
        lines.append(Banner(verdict.style, f"Noise of {row['name']}", f"{words}."))
    return lines


def domain_banner(table: pd.DataFrame, name: str, count: int) -> Banner:
    """How much less time in error a domain has, in words that need no metric."""
    metric = DECIDING["domain"]
    rows = rows_of(table, "domain", name)
    tuned, moved = rows[metric], rows.get(f"{metric}_against_chosen", rows[metric])
    word = headline(tuned, moved)
    before, after = tuned["published"], tuned["finetuned"]
    share = abs(after - before) / before if before else 0.0
    plural, direction = "" if count == 1 else "s", "less" if after <= before else "more"
    return Banner(
        STYLES.get(word, "unclear"),
        word,
        f"{100 * share:.0f} % {direction} time in error on {name}, {count} recording{plural}: "
        f"{100 * before:.1f} → {100 * after:.1f} s in 100 s of speech.",
    )


def four_columns(table: pd.DataFrame) -> list[FourRow]:
    """What decides, at both operating points of both models."""
    rows = []
    for section, name in table[["section", "name"]].drop_duplicates().itertuples(index=False):
        values = rows_of(table, section, name)
        if section == "domain":
            rows += [
                four_row(f"{name}: s in error in 100 s of speech", values, DECIDING["domain"], 100),
                four_row(f"{name}: s missed in 100 s of speech", values, "detection_miss", 100),
            ]
        if section in ("domain", "noise"):
            rows.append(false_runs(f"{name}: false runs", values, section))
    return rows


def four_row(label: str, values: Mapping[str, Mapping], metric: str, factor: float) -> FourRow:
    """A metric times `factor`, to one place."""
    numbers = [values.get(f"{metric}{ending}", {}).get(model) for model, ending in COLUMNS]
    return FourRow(label, ["-" if n is None else f"{factor * n:.1f}" for n in numbers])


def false_runs(label: str, values: Mapping[str, Mapping], section: str) -> FourRow:
    """The number of false runs; the label has the length of the audio that they are in."""
    measure = measure_of("false_runs")
    length_s = values.get("nonspeech_s", {}).get("published", math.nan)
    where = "pauses" if section == "domain" else "noise"
    numbers = [values.get(f"false_runs{ending}", {}).get(model) for model, ending in COLUMNS]
    return FourRow(f"{label} in {length_s:.0f} s of {where}", [measure.text(n) for n in numbers])


def call(results: Results) -> str:
    """The call of silero-vad with the recommended options."""
    options = asdict(results.choices["finetuned"].recommended)
    arguments = ", ".join(f"{key}={value:g}" for key, value in options.items())
    return f"get_speech_timestamps(audio, model, {arguments})"
