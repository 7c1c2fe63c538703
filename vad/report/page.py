"""The report: one HTML file that opens from disk, with no network, on a phone and on a desk."""

from collections.abc import Mapping, Sequence

import pandas as pd

from vad.evaluation.comparisons import Contrast, most_gained, most_lost
from vad.evaluation.curves import snr_points
from vad.evaluation.segments import SegmentRule
from vad.report import charts
from vad.report.detectors import detector_tables
from vad.report.pictures import charts as model_charts
from vad.report.recordings import recording_view
from vad.report.table import table_groups
from vad.report.templates import environment
from vad.report.verdict import verdict_sentence
from vad.silero.geometry import Geometry

FRAME = {name: getattr(charts, name.upper()) for name in ("left", "right", "top", "bottom")}
FRAME |= {"width": charts.WIDTH, "height": charts.HEIGHT}


def render_page(
    results: pd.DataFrame,
    curves: Mapping[str, pd.DataFrame],
    contrasts: Sequence[Contrast],
    geometry: Geometry,
    rules: Mapping[str, SegmentRule],
    others: pd.DataFrame | None = None,
) -> str:
    """The page as HTML; equal content gives equal text, and every text in it is escaped.

    `results` is the evaluation table, `curves` the points of each picture, `rules` the rule by
    which each model made the segments of `contrasts`; `others` holds what other detectors reach
    (columns section, name, engine, metric, value) and may be left out.
    """
    thresholds = {model: rule.threshold for model, rule in rules.items()}
    gained, lost = (
        [recording_view(one, geometry, thresholds) for one in chosen(contrasts)]
        for chosen in (most_gained, most_lost)
    )
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            verdict=verdict_sentence(results, domain_recordings(contrasts)),
            groups=table_groups(results),
            charts=model_charts(curves, snr_points(results)),
            detectors=[] if others is None else detector_tables(results, others),
            gained=gained,
            lost=lost,
            frame=FRAME,
        )
    )


def domain_recordings(contrasts: Sequence[Contrast]) -> dict[str, int]:
    """How many recordings of speech each domain has."""
    domains = [one.corpus for one in contrasts if one.blocks[0].clip.role == "speech"]
    return {domain: domains.count(domain) for domain in sorted(set(domains))}
