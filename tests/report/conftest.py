"""A small evaluation with all that a report shows: gains, losses, noise, names that hurt."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from tests.scored import GEOMETRY, scored_clip
from vad.evaluation.comparisons import Contrast, contrasts
from vad.evaluation.counts import count, evaluation_table
from vad.evaluation.curves import curve_tables
from vad.evaluation.scoring import MODELS, ScoredClip
from vad.evaluation.segments import SegmentRule
from vad.evaluation.thresholds import Decision
from vad.report.page import render_page

RULE = SegmentRule(0.5, 0.35, 250, 100, 30)
NAMES = ("<script>alert(1)</script> \"b\" 'c'", "🎙️ naïve/..", "r3", "r4", "r5")
LOST = ("🎙️ naïve/..", "r3")
SECONDS = 40.0


class Evaluated(NamedTuple):
    """What the report is made of."""

    results: pd.DataFrame
    curves: dict[str, pd.DataFrame]
    contrasts: list[Contrast]


def heard(scored: ScoredClip) -> ScoredClip:
    """The clip with a tone where there is speech, over quiet noise; some lose by tuning."""
    clip, draw = scored.clip, np.random.default_rng(0)
    time = np.arange(len(clip.samples))
    samples = draw.normal(0, 100, len(time))
    for start, end in clip.speech:
        samples[start:end] += 8000 * np.sin(2 * np.pi * 440 * time[start:end] / 16000)
    probabilities = dict(scored.probabilities)
    if clip.name in LOST:
        probabilities = dict(zip(MODELS, reversed(probabilities.values()), strict=True))
    clip = replace(clip, samples=samples.astype(np.int16))
    return replace(scored, clip=clip, probabilities=probabilities)


@pytest.fixture(scope="session")
def evaluated() -> Evaluated:
    clips = [
        *(scored_clip(name, "calls <a&b>", seconds=SECONDS) for name in NAMES),
        *(scored_clip(name, "calls <a&b>", condition="snr_5_db") for name in NAMES),
        *(scored_clip(name, "calls <a&b>", condition="snr_20_db") for name in NAMES),
        *(scored_clip(f"n{number}", "street", "noise") for number in range(5)),
    ]
    clips = [heard(clip) for clip in clips]
    decisions = {model: {"": Decision(0.5, RULE)} for model in MODELS}
    counted = count(clips, GEOMETRY, decisions)
    windows = {model: counted.pooled(model) for model in MODELS}
    rules = dict.fromkeys(MODELS, RULE)
    found = contrasts(clips, GEOMETRY, rules)
    return Evaluated(evaluation_table(counted, 100, 1), curve_tables(windows, 50), found)


@pytest.fixture(scope="session")
def others() -> pd.DataFrame:
    """What `make compare` finds of another detector."""
    rows = [
        ("all", "", "WebRTC <3>", "f1", 0.7),
        ("all", "", "WebRTC <3>", "detection_error_rate", 0.4),
    ]
    return pd.DataFrame(rows, columns=["section", "name", "engine", "metric", "value"])


@pytest.fixture(scope="session")
def page(evaluated, others) -> str:
    return render_page(*evaluated, GEOMETRY, dict.fromkeys(MODELS, RULE), others)
