"""A small evaluation with all that a report shows: gains, losses, noise, names that hurt."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.conftest import REPOSITORY
from tests.scored import GEOMETRY, kept_part, scored_clip
from vad.evaluation.choices import Choice
from vad.evaluation.results import Results, measure
from vad.evaluation.scoring import MODELS, ScoredClip
from vad.evaluation.segments import OperatingPoint, VadOptions
from vad.params import load_params
from vad.prepared.summary import DataRow
from vad.report.page import render_page

OPTIONS = VadOptions(0.5, 0.35, 250, 100, 30)
NAMES = ("<script>alert(1)</script> \"b\" 'c'", "🎙️ naïve/..", "r3", "r4", "r5")
LOST = ("🎙️ naïve/..", "r3")
SECONDS = 40.0
EVALUATE = load_params(REPOSITORY / "params.yaml").evaluate.model_copy(
    update={"bootstrap_draws": 100, "curve_points": 50}
)


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
def results(tmp_path_factory) -> Results:
    clips = [
        *(scored_clip(name, "calls <a&b>", seconds=SECONDS) for name in NAMES),
        *(scored_clip(name, "calls <a&b>", condition="snr_5_db") for name in NAMES),
        *(scored_clip(name, "calls <a&b>", condition="snr_20_db") for name in NAMES),
        *(scored_clip(f"n{number}", "street", "noise") for number in range(5)),
    ]
    point = OperatingPoint(0.5, OPTIONS)
    choices = {model: Choice(point, point, is_clear=False) for model in MODELS}
    part = kept_part(tmp_path_factory.mktemp("counts"), [heard(clip) for clip in clips])
    return measure([part], GEOMETRY, choices, EVALUATE, seed=1)


@pytest.fixture(scope="session")
def detectors() -> pd.DataFrame:
    """Metrics of another detector, as `make compare` measures them."""
    rows = [
        ("all", "", "WebRTC <3>", "f1", 0.7),
        ("all", "", "WebRTC <3>", "detection_error_rate", 0.4),
    ]
    return pd.DataFrame(rows, columns=["section", "name", "engine", "metric", "value"])


@pytest.fixture(scope="session")
def training() -> pd.DataFrame:
    """Two epochs and the calibrated weights, as stage finetune writes them."""
    rows = {
        "epoch": [0, 1, 2, 2],
        "weights": ["published", "trained", "trained", "calibrated"],
        "train_loss": [np.nan, 0.7, 0.5, 0.5],
        "val_loss": [0.8, 0.5, 0.4, 0.39],
        "rehearsal_loss": [0.2, 0.21, 0.2, 0.2],
        "noise_loss": [0.05, 0.04, 0.03, 0.03],
    }
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def page(results, detectors, training) -> str:
    data = [DataRow("calls <a&b>", "speech", "test", "in-house", 5, 0.05, 0.5)]
    return render_page(results, data, training, "0123abcd", changed=[], detectors=detectors)
