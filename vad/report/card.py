"""The model card: what the tuned model is, what it was made of, how good it is, how to use it."""

import html
from dataclasses import asdict, dataclass

import pandas as pd
from markupsafe import Markup

from vad.evaluation.segments import VadOptions
from vad.licences import is_binding
from vad.prepared import CLEAN, Prepared
from vad.report.table import table_groups
from vad.report.templates import environment
from vad.silero.geometry import Geometry
from vad.silero.weights import PUBLISHED_BASE, WEIGHTS_LICENCE

# Conditions would make the card long; the report has them.
SECTIONS = ("all", "domain", "noise")


@dataclass(frozen=True)
class DataRow:
    """Recordings of one corpus in one split, as they came."""

    corpus: str
    role: str
    split: str
    recordings: int
    hours: float
    licence: str


def render_card(
    table: pd.DataFrame, data: list[DataRow], geometry: Geometry, options: VadOptions, opset: int
) -> str:
    """The card as Markdown; `options` are those that were chosen for the fine-tuned model.

    Equal content gives equal text. Names from corpora are escaped: they can hold no markup and end
    no cell of a table.
    """
    templates = environment()
    templates.finalize = cell
    arguments = {key: f"{value:g}" for key, value in asdict(options).items()}
    return templates.get_template("card.md.j2").render(
        base=PUBLISHED_BASE,
        weights_licence=WEIGHTS_LICENCE,
        groups=table_groups(table[table["section"].isin(SECTIONS)]),
        data=data,
        binding=sorted({row.licence for row in data if is_binding(row.licence)}),
        geometry=geometry,
        opset=opset,
        options=options,
        arguments=arguments,
        call=", ".join(f"{key}={value}" for key, value in arguments.items()),
    )


def cell(value: object) -> object:
    """What a template shows, with no character that ends a cell of a Markdown table."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    one_line = " ".join(value.split())
    escaped = html.escape(one_line, quote=False).replace("|", "&#124;").replace("`", "&#96;")
    return Markup(escaped)  # noqa: S704 (escaped above)


def data_rows(data: Prepared) -> list[DataRow]:
    """A row for each corpus, role, licence and split, of recordings as they came."""
    clean = data.recordings[data.recordings["condition"] == CLEAN]
    return [
        DataRow(
            corpus=corpus,
            role=role,
            split=split,
            recordings=rows["name"].nunique(),
            hours=data.labelled_samples(rows.index, "annotated") / data.geometry.sample_rate / 3600,
            licence=licence,
        )
        for (corpus, role, split, licence), rows in clean.groupby(
            ["corpus", "role", "split", "licence"]
        )
    ]
