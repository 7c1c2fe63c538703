"""The model card: what it says, that names do not break it, and its snippet for silero-vad, run."""

from dataclasses import replace

import numpy as np
import onnx
import pandas as pd
import pytest
import soundfile
import soxr
import torch
from ruamel.yaml import YAML
from silero_vad import get_speech_timestamps, load_silero_vad

from tests.report.conftest import OPTIONS
from tests.snippets import (
    APART_TOLERANCE_S,
    OTHER_RECORDINGS,
    apart_s,
    run_snippet,
    snippet,
    spoken,
)
from tests.spoken import sentences
from vad.evaluation.choices import Choice
from vad.evaluation.scoring import MODELS
from vad.evaluation.segments import OperatingPoint, VadOptions
from vad.export.graph import streaming_model
from vad.export.parity import speech_like
from vad.export.runtime import open_session, streaming_probabilities
from vad.prepared.summary import DataRow
from vad.report.card import render_card
from vad.silero.geometry import GEOMETRIES
from vad.silero.weights import load_published

DATA = [
    DataRow("calls <a|b>", "speech", "train", "in-house | `draft`\n<b>", 7, 0.5, 0.4),
    DataRow("street", "noise", "test", "CC BY-NC 4.0", 5, 0.25),
]
# It finds some in the speech-like signal.
EAGER = VadOptions(0.2, 0.1, 50, 100, 30)


def card_of(results, options=OPTIONS, sample_rate=16000):
    point = OperatingPoint(options.threshold, options)
    choices = {model: Choice(point, point, is_clear=True) for model in MODELS}
    changed = replace(results, choices=choices, geometry=GEOMETRIES[sample_rate])
    return render_card(changed, DATA, 16)


@pytest.fixture(scope="module")
def card(results):
    return card_of(results)


def rows_after(card, title):
    part = card.split(f"\n## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_equal_content_gives_equal_text(card, results):
    assert card_of(results) == card


def test_it_starts_with_what_a_model_hub_reads(card):
    _, front, rest = card.split("---\n", 2)
    assert YAML(typ="safe").load(front)["library_name"] == "onnx"
    assert rest.startswith("\n# Silero VAD, fine-tuned\n")


def test_both_branches_are_named_where_both_were_scored(results):
    rows = results.table[results.table["section"] == "condition"].head(1).assign(name="rate_8000")
    assert "| the 16000 Hz branch |" in render_card(results, [], 16)
    both = replace(results, table=pd.concat([results.table, rows]))
    assert "| the 16000 Hz branch and the 8000 Hz branch |" in render_card(both, [], 16)


def test_every_row_has_the_cells_of_its_head(card):
    """Names with bars, tags and line ends are among them."""
    for title in ("Data", "Metrics", "Thresholds"):
        widths = {len(row) for row in rows_after(card, title)}
        assert len(widths) == 1
    assert "<b>" not in card
    assert "<a" not in card
    assert r"in-house &#124; \`draft\` &lt;b&gt;" in card


def test_licences_that_bind_are_named(card):
    assert "may bind the model too: CC BY-NC 4.0." in card


def test_metrics_are_those_of_the_evaluation_with_their_intervals(card, results):
    table = results.table
    row = table[(table["section"] == "domain") & (table["metric"] == "f1")].iloc[0]
    [cells_of_f1] = [
        cells
        for cells in rows_after(card, "Metrics")
        if cells[0].startswith("calls") and cells[1] == "F1 of windows"
    ]
    assert cells_of_f1[2:7] == [
        f"{row['published']:.3f}",
        f"{row['published']:.3f}",
        f"{row['finetuned']:.3f}",
        f"{row['finetuned']:.3f}",
        f"{row['difference']:+.3f}",
    ]
    assert cells_of_f1[7] == f"{row['low']:+.3f} to {row['high']:+.3f}"


@pytest.mark.parametrize("options", [OPTIONS, EAGER])
def test_thresholds_are_those_chosen(results, options):
    head, _, values = rows_after(card_of(results, options), "Thresholds")
    assert {key: float(value) for key, value in zip(head, values, strict=True)} == vars(options)


def folder_with(tmp_path, sample_rate, audio, rate):
    """The file of the published weights and a recording."""
    branches = {each: load_published(each) for each in GEOMETRIES}
    onnx.save(streaming_model(branches, sample_rate, 16), tmp_path / "silero_vad.onnx")
    soundfile.write(tmp_path / "recording.wav", audio, rate, subtype="FLOAT")
    return tmp_path


def official_segments(audio, sample_rate):
    model = load_silero_vad(onnx=True)
    samples = torch.tensor(np.asarray(audio, np.float32))
    return get_speech_timestamps(samples, model, sampling_rate=sample_rate, **vars(EAGER))


def test_the_snippet_for_silero_vad_runs(results, tmp_path, sample_rate):
    """The segments of the published model, exported, are those of the official file."""
    audio = speech_like(GEOMETRIES[sample_rate])
    folder = folder_with(tmp_path, sample_rate, audio, sample_rate)
    card = card_of(results, EAGER, sample_rate)
    found = run_snippet(snippet(card, "silero_vad"), folder)["segments"]
    assert found
    assert found == official_segments(audio, sample_rate)


@OTHER_RECORDINGS
def test_the_snippet_for_silero_vad_takes_any_wav(results, tmp_path, sample_rate, rate, channels):
    """Segments are near those of the same sentences at the model's rate."""
    folder = folder_with(tmp_path, sample_rate, spoken(rate, channels), rate)
    code = snippet(card_of(results, EAGER, sample_rate), "silero_vad")
    segments = run_snippet(code, folder)["segments"]
    expected = official_segments(sentences(sample_rate), sample_rate)
    in_s = [
        [(one["start"] / sample_rate, one["end"] / sample_rate) for one in each]
        for each in (segments, expected)
    ]
    assert len(in_s[0]) > 2
    assert apart_s(*in_s) < APART_TOLERANCE_S


@OTHER_RECORDINGS
def test_the_loop_gives_the_probabilities_of_onnx_runtime(
    results, tmp_path, sample_rate, rate, channels
):
    audio = spoken(rate, channels)
    folder = folder_with(tmp_path, sample_rate, audio, rate)
    code = snippet(card_of(results, EAGER, sample_rate), "onnxruntime")
    probabilities = run_snippet(code, folder)["probabilities"]
    mono = soxr.resample(audio.reshape(len(audio), -1).mean(axis=1), rate, sample_rate)
    geometry = GEOMETRIES[sample_rate]
    session = open_session(folder / "silero_vad.onnx")
    expected = streaming_probabilities(session, mono.astype(np.float32), geometry)
    np.testing.assert_allclose(probabilities, expected, rtol=0, atol=1e-5)
    assert max(probabilities) > 0.9


def test_clients_of_16_khz_alone_are_not_shown_for_8_khz(results):
    card = card_of(results, sample_rate=8000)
    assert "import sherpa_onnx" not in card
    assert "np.zeros(32, np.float32)" in snippet(card, "onnxruntime")
    assert "faster-whisper and sherpa-onnx know 16000 Hz alone" in card
