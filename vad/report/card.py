"""The model card: what the tuned model is, what it was made of, how good it is, how to use it."""

from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd
from markupsafe import Markup

from vad.evaluation.results import Results
from vad.evaluation.scoring import OTHER_RATES
from vad.licences import is_binding
from vad.prepared.summary import DataRow
from vad.report.markup import plain
from vad.report.table import table_groups
from vad.report.templates import environment
from vad.report.verdict import verdict
from vad.silero.weights import PUBLISHED_BASE, WEIGHTS_LICENCE

# Conditions would make the card long; the report has them.
SECTIONS = ("all", "domain", "noise")
# How the snippets read a WAV file of any rate: mono, at the rate of the model, float32 [samples].
READING = Markup("""\
audio, rate = soundfile.read("recording.wav", dtype="float32", always_2d=True)
audio = soxr.resample(audio.mean(axis=1), rate, {sample_rate})""")
# The verdict is several sentences.
LONGEST_TEXT = 1000


def render_card(results: Results, data: Sequence[DataRow], opset: int) -> str:
    """The card as Markdown, with the recommended thresholds of the fine-tuned model.

    Equal content gives equal text. Names from corpora are escaped: they can hold no markup and end
    no cell of a table.
    """
    templates = environment()
    templates.finalize = cell
    choice = results.choices["finetuned"]
    arguments = {key: f"{value:g}" for key, value in asdict(choice.recommended).items()}
    table = results.table
    return templates.get_template("card.md.j2").render(
        base=PUBLISHED_BASE,
        weights_licence=WEIGHTS_LICENCE,
        verdict=verdict(results),
        groups=table_groups(table[table["section"].isin(SECTIONS)]),
        data=data,
        binding=sorted({row.licence for row in data if is_binding(row.licence)}),
        geometry=results.geometry,
        tuned_rates=[results.geometry.sample_rate, *other_tuned_rates(table)],
        opset=opset,
        options=choice.recommended,
        is_chosen=choice.is_clear,
        arguments=arguments,
        reading=READING.format(sample_rate=results.geometry.sample_rate),
        call=", ".join(f"{key}={value}" for key, value in arguments.items()),
    )


def other_tuned_rates(table: pd.DataFrame) -> list[int]:
    """The rates (Hz) of further branches that were scored, which only tuned ones are."""
    conditions = set(table["name"][table["section"] == "condition"])
    return [rate for rate, condition in OTHER_RATES.items() if condition in conditions]


def cell(value: object) -> object:
    """What a template shows, names from corpora as plain text that ends no cell of a table."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return Markup(plain(" ".join(value.split()), LONGEST_TEXT))  # noqa: S704 (escaped by plain)
