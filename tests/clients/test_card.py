"""The card's snippets for other people's programs, run as a reader runs them."""

import json
import os
import shutil
import subprocess

import faster_whisper.utils
import faster_whisper.vad
import pandas as pd
import pytest
import soundfile

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
from vad.evaluation.groups import COLUMNS
from vad.evaluation.results import Results
from vad.evaluation.segments import OperatingPoint, VadOptions
from vad.export.parity import speech_like
from vad.report.card import render_card
from vad.silero.geometry import GEOMETRIES

RATE = 16000
# With it the speech-like signal has segments, and others under other weights.
EAGER = VadOptions(0.2, 0.1, 50, 100, 30)
PACKAGES = ("faster_whisper", "sherpa_onnx", "livekit", "pipecat")
# As JSON, for a snippet that another interpreter runs.
SHOW = "\nimport json\n\nprint(json.dumps(segments))\n"


@pytest.fixture(scope="module")
def card():
    point = OperatingPoint(EAGER.threshold, EAGER)
    choices = {"finetuned": Choice(point, point, is_clear=True)}
    table = pd.DataFrame(columns=[*COLUMNS])
    return render_card(Results(GEOMETRIES[RATE], choices, table, {}, []), [], 16)


def folder_of(source, target, audio, rate):
    """A folder as the card asks for: both files and a recording."""
    target.mkdir()
    shutil.copy(source / "silero_vad.onnx", target / "silero_vad.onnx")
    shutil.copy(source / "sequence_16000.onnx", target / "silero_vad_sequence.onnx")
    soundfile.write(target / "recording.wav", audio, rate, subtype="FLOAT")
    return target


@pytest.fixture
def assets(tmp_path, monkeypatch):
    """A folder in place of that of the package, which the snippet writes to."""
    folder = tmp_path / "assets"
    folder.mkdir()
    for module in (faster_whisper.utils, faster_whisper.vad):
        monkeypatch.setattr(module, "get_assets_path", lambda: str(folder))
    return folder


def segments_of(card, package, folder):
    """What the snippet of `package` finds in the recording of `folder`."""
    code = snippet(card, package)
    if package == "pipecat":
        return by_pipecat(code, folder)
    faster_whisper.vad.get_vad_model.cache_clear()
    return run_snippet(code, folder)["segments"]


def by_pipecat(code, folder):
    """Run by an environment of its own: its pins and those of this repository do not meet."""
    if "VAD_PIPECAT_PYTHON" not in os.environ:
        pytest.skip("VAD_PIPECAT_PYTHON is not set: make test-clients sets it")
    (folder / "snippet.py").write_text(code + SHOW)
    command = [os.environ["VAD_PIPECAT_PYTHON"], "snippet.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def in_seconds(package, segments):
    """Start and end of each segment (s), from the form that the snippet of `package` has."""
    if package == "faster_whisper":
        return [(segment["start"] / RATE, segment["end"] / RATE) for segment in segments]
    if package == "sherpa_onnx":
        return [(start / RATE, (start + length) / RATE) for start, length in segments]
    unit = 1 if package == "livekit" else RATE
    return [(start / unit, end / unit) for start, end in segments]


@pytest.mark.parametrize("package", PACKAGES)
def test_snippets_give_the_segments_of_the_official_file(
    card, package, assets, tmp_path, official, exported, changed
):
    audio = speech_like(GEOMETRIES[RATE])
    segments = {}
    for name, source in (("official", official), ("exported", exported), ("changed", changed)):
        folder = folder_of(source, tmp_path / name, audio, RATE)
        segments[name] = segments_of(card, package, folder)
    assert segments["exported"]
    assert segments["exported"] == segments["official"]
    assert segments["exported"] != segments["changed"]
    assert list(assets.iterdir()) or package != "faster_whisper"


@pytest.mark.usefixtures("assets")
@pytest.mark.parametrize("package", PACKAGES)
@OTHER_RECORDINGS
def test_snippets_take_any_wav(card, package, tmp_path, exported, rate, channels):
    """Segments are near those of the same sentences in mono at 16 kHz."""
    recordings = {"expected": (sentences(RATE), RATE), "actual": (spoken(rate, channels), rate)}
    segments = {}
    for name, (audio, hz) in recordings.items():
        folder = folder_of(exported, tmp_path / name, audio, hz)
        segments[name] = in_seconds(package, segments_of(card, package, folder))
    assert len(segments["expected"]) > 2
    assert apart_s(segments["actual"], segments["expected"]) < APART_TOLERANCE_S
