import onnx
import pytest

from detect.models import OWN, PUBLISHED, USUAL, choose, default_model, opened, options_for
from vad.errors import VadError
from vad.evaluation.segments import VadOptions
from vad.export.graph import streaming_model
from vad.silero.weights import load_published

THRESHOLDS = """
thresholds:
  published: &usual
    {threshold: 0.4, neg_threshold: 0.2, min_speech_duration_ms: 100,
     min_silence_duration_ms: 50, speech_pad_ms: 20}
  finetuned:
    {threshold: 0.6, neg_threshold: 0.3, min_speech_duration_ms: 100,
     min_silence_duration_ms: 50, speech_pad_ms: 20}
"""


@pytest.fixture
def tuned(project, sequence_file):
    """The project after its pipeline has run."""
    (project / OWN).write_bytes(sequence_file.read_bytes())
    (project / "models" / "thresholds.yaml").write_text(THRESHOLDS, encoding="utf-8")
    return project


@pytest.mark.usefixtures("project")
def test_the_published_model_until_there_is_a_tuned_one():
    assert default_model() == PUBLISHED
    assert choose(PUBLISHED, 44100, {}).options == USUAL


@pytest.mark.usefixtures("tuned")
def test_the_tuned_model_at_its_own_operating_point():
    choice = choose(default_model(), 44100, {})
    assert choice.model == str(OWN)
    assert choice.options == VadOptions(0.6, 0.3, 100, 50, 20)
    assert choice.describe().startswith("models/silero_vad_sequence.onnx, 16 kHz branch, threshold")
    assert not choice.note


@pytest.mark.usefixtures("tuned")
def test_a_file_of_8_khz_takes_the_published_branch_and_says_so():
    choice = choose(default_model(), 8000, {})
    assert (choice.model, choice.sample_rate) == (PUBLISHED, 8000)
    assert choice.options.threshold == 0.4
    assert "has no branch for 8000 Hz, so this one is the published one, not tuned" in choice.note


@pytest.mark.usefixtures("project")
def test_a_streaming_file_has_both_rates_and_says_which_was_tuned(streaming_file):
    assert not choose(str(streaming_file), 16000, {}).note
    narrow = choose(str(streaming_file), 8000, {})
    assert narrow.model == str(streaming_file)
    assert "not tuned" in narrow.note


@pytest.mark.usefixtures("project")
def test_no_note_on_the_second_of_two_tuned_branches(tmp_path):
    branches = {rate: load_published(rate) for rate in (16000, 8000)}
    metadata = {"sample_rate": "16000", "tuned_rates": "16000 8000"}
    path = tmp_path / "both.onnx"
    onnx.save(streaming_model(branches, 16000, 16, metadata=metadata), path)
    assert not choose(str(path), 16000, {}).note
    assert not choose(str(path), 8000, {}).note


def test_a_streaming_file_of_one_rate_leaves_the_other_to_the_published_model(single_file):
    assert choose(str(single_file), 16000, {}).model == str(single_file)
    narrow = choose(str(single_file), 8000, {})
    assert narrow.model == PUBLISHED
    assert "has no branch for 8000 Hz" in narrow.note


@pytest.mark.usefixtures("tuned")
def test_arguments_of_the_command_come_first_and_the_exit_threshold_follows():
    options = options_for(OWN, "finetuned", {"threshold": 0.8, "speech_pad_ms": 0})
    assert options == VadOptions(0.8, 0.8 - 0.15, 100, 50, 0)
    with pytest.raises(VadError, match=r"options: neg_threshold is 0\.9, expected at most"):
        options_for(OWN, "finetuned", {"neg_threshold": 0.9})
    for threshold in (50, float("nan")):
        with pytest.raises(VadError, match=r"options: 'threshold' is"):
            options_for(OWN, "finetuned", {"threshold": threshold})


@pytest.mark.parametrize("value", ["high", "null", "7", "true", ".nan"])
def test_thresholds_that_are_none_are_a_fault(tuned, value):
    path = tuned / "models" / "thresholds.yaml"
    text = path.read_text(encoding="utf-8")
    assert "threshold: 0.6" in text
    path.write_text(text.replace("threshold: 0.6", f"threshold: {value}", 1), encoding="utf-8")
    with pytest.raises(VadError, match=r"thresholds\.yaml: 'threshold' is"):
        options_for(OWN, "finetuned", {})


def test_thresholds_of_other_keys_are_a_fault(tuned):
    path = tuned / "models" / "thresholds.yaml"
    path.write_text("thresholds: {published: {threshold: 0.5}}", encoding="utf-8")
    with pytest.raises(VadError, match=r"thresholds\.yaml: 'thresholds\.published' expected"):
        options_for(OWN, PUBLISHED, {})


def test_what_is_no_model_is_a_fault(project):
    (project / "a.onnx").write_bytes(b"no model")
    with pytest.raises(VadError, match=r"a\.onnx: cannot be loaded"):
        opened(project / "a.onnx")
    with pytest.raises(VadError, match="no such file"):
        opened(project / "b.onnx")
