"""The card's snippets for faster-whisper and sherpa-onnx, run as a reader runs them."""

import shutil

import faster_whisper.utils
import faster_whisper.vad
import pandas as pd
import pytest
import soundfile

from tests.snippets import run_snippet, snippet
from vad.evaluation.choices import Choice
from vad.evaluation.counts import COLUMNS
from vad.evaluation.results import Results
from vad.evaluation.segments import OperatingPoint, VadOptions
from vad.export.parity import speech_like
from vad.report.card import render_card
from vad.silero.geometry import GEOMETRIES

RATE = 16000
# With it the speech-like signal has segments, and others under other weights.
EAGER = VadOptions(0.2, 0.1, 50, 100, 30)


@pytest.fixture(scope="module")
def card():
    point = OperatingPoint(EAGER.threshold, EAGER)
    choices = {"finetuned": Choice(point, point, is_clear=True)}
    table = pd.DataFrame(columns=[*COLUMNS])
    return render_card(Results(GEOMETRIES[RATE], choices, table, {}, []), [], 16)


def folder_of(source, target):
    """A folder as the card asks for: both files and a recording."""
    target.mkdir()
    shutil.copy(source / "silero_vad.onnx", target / "silero_vad.onnx")
    shutil.copy(source / "sequence_16000.onnx", target / "silero_vad_sequence.onnx")
    audio = speech_like(GEOMETRIES[RATE])
    soundfile.write(target / "recording.wav", audio, RATE, subtype="FLOAT")
    return target


@pytest.fixture
def assets(tmp_path, monkeypatch):
    """A folder in place of that of the package, which the snippet writes to."""
    folder = tmp_path / "assets"
    folder.mkdir()
    for module in (faster_whisper.utils, faster_whisper.vad):
        monkeypatch.setattr(module, "get_assets_path", lambda: str(folder))
    return folder


@pytest.mark.parametrize("package", ["faster_whisper", "sherpa_onnx"])
def test_snippets_give_the_segments_of_the_official_file(
    card, package, assets, tmp_path, official, exported, changed
):
    segments = {}
    for name, source in (("official", official), ("exported", exported), ("changed", changed)):
        faster_whisper.vad.get_vad_model.cache_clear()
        folder = folder_of(source, tmp_path / name)
        segments[name] = run_snippet(snippet(card, package), folder)["segments"]
    assert segments["exported"]
    assert segments["exported"] == segments["official"]
    assert segments["exported"] != segments["changed"]
    assert list(assets.iterdir()) or package != "faster_whisper"
