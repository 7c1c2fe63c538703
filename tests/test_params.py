import pytest

from vad.errors import VadError
from vad.export.graph import OPSETS
from vad.params import load_params

TEXT = """
opset: 16
sample_rate: 16000
seed: 1
prepare:
  corpora: all
  rehearsal_minutes: 12
  background_speech: noise
  on_bad_recording: fail
  merge_gap_ms: 0
  min_speech_ms: 0
  augmented_copies: 2
  augmented_hours: 50
  noise_only_copies: 4
  noise_level_min_db: -45
  noise_level_max_db: -18
  noise_share: 1.0
  snr_min_db: 0
  snr_max_db: 25
  gain_min_db: -10
  gain_max_db: 6
  reverberant_share: 0.25
  babble_share: 0.05
  babble_voices: 5
  babble_min_db: 10
  babble_max_db: 20
  clipped_share: 0.05
  clipping_min_db: 3
  clipping_max_db: 12
  dc_offset_share: 0.05
  dc_offset_max: 0.02
  telephone_share: 0.1
  packet_loss_share: 0.05
  packet_loss_max: 0.1
  test_snrs_db: 20 10 5 0
  test_babble_db: 10
finetune:
  trainable: decoder
  both_rates: false
  epochs: 8
  learning_rate: 5e-4
  averaging: 0.95
  rehearsal_weight: 1.0
  noise_weight: 4.0
  best_by: loss
  published_share: 0.35
  calibrate: true
  batch_size: 16
  sequence_s: 8
  nonspeech_weight: 1.0
export_onnx:
  rates: both
  weights: float32
  shapes: dynamic
evaluate:
  threshold: 0.5
  neg_threshold: 0.35
  min_speech_duration_ms: 250
  min_silence_duration_ms: 100
  speech_pad_ms: 30
  criterion: f1
  criterion_miss_weight: 0.75
  criterion_false_alarm_rate: 0.05
  bootstrap_draws: 1000
  curve_points: 200
"""


@pytest.fixture
def load(tmp_path):
    def load_text(*replacements: tuple[str, str]):
        text = TEXT
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
        return load_params(tmp_path / "params.yaml")

    return load_text


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("opset: 16", "opset: 14", "'opset' is 14, expected 15, 16, .* or 2"),
        ("opset: 16", "opset: '16'", "'opset' is '16', expected 15"),
        ("e: 16000", "e: 44100", "'sample_rate' is 44100, expected 8000 or 16000"),
        ("seed: 1", "sede: 1", "unknown key 'sede', expected one of opset, sample_rate, seed"),
        ("  epochs: 8\n", "", "'finetune.epochs' is missing"),
        ("epochs: 8", "epochs: 8.5", "'finetune.epochs' is 8.5, expected auto or a whole"),
        ("epochs: 8", "epochs: true", "'finetune.epochs' is True, expected"),
        (
            "epochs: 8",
            "epochs: 0",
            "'finetune.epochs' is 0, expected auto or a whole number from 1",
        ),
        ("copies: 2", "copies: some", "copies' is 'some', expected auto or a whole number"),
        ("  epochs", "  epoch", "unknown key 'finetune.epoch', expected one of trainable"),
        ("5e-4", "fast", "'finetune.learning_rate' is 'fast', expected a valid number"),
        ("5e-4", "-1", "'finetune.learning_rate' is -1, expected greater than 0"),
        ("5e-4", ".nan", "'finetune.learning_rate' is nan, expected a finite number"),
        ("5e-4", "true", "'finetune.learning_rate' is True, expected a number"),
        ("snr_min_db: 0", "snr_min_db: 30", r"'prepare' is .*snr_min_db is 30.0, exp"),
        ("20 10 5 0", "10 10.0 5", r"'prepare.test_snrs_db' is '10 10.0 5', expected different"),
        ("20 10 5 0", "20 ten", r"'prepare.test_snrs_db.1' is 'ten', expected a valid number"),
        ("babble_max_db: 20", "babble_max_db: 5", r"babble_min_db is 10.0, expected at"),
        ("clipping_min_db: 3", "clipping_min_db: 13", r"clipping_min_db is 13.0, expected at most"),
        ("babble_voices: 5", "babble_voices: 0", "'prepare.babble_voices' is 0, expected greater"),
        ("e_share: 1.0", "e_share: 1.1", "'prepare.noise_share' is 1.1, expected less than or eq"),
        ("one_share: 0.1", "one_share: some", "'prepare.telephone_share' is 'some', expected a v"),
        ("loss_max: 0.1", "loss_max: -0.1", "'prepare.packet_loss_max' is -0.1, expected greater"),
        ("recording: fail", "recording: stop", "bad_recording' is 'stop', expected 'fail' or 'sk"),
        ("min_speech_ms: 0", "min_speech_ms: -1", "'prepare.min_speech_ms' is -1, expected great"),
        ("  threshold: 0.5", "  threshold: 1", "'evaluate.threshold' is 1, expected less than 1"),
        ("hold: 0.35", "hold: 0.6", "neg_threshold is 0.6, expected at most threshold .0.5."),
        ("criterion: f1", "criterion: f2", "'evaluate.criterion' is 'f2', expected 'f1', 'det"),
        ("draws: 1000", "draws: 10", "'evaluate.bootstrap_draws' is 10, expected greater"),
        ("rates: both", "rates: all", "'export_onnx.rates' is 'all', expected 'both' or 'tuned'"),
        ("weights: float32", "weights: int4", "'export_onnx.weights' is 'int4', expected 'float3"),
        ("shapes: dynamic", "shapes: fixed", "shapes is fixed, expected rates: tuned"),
    ],
)
def test_each_fault_is_one_line_with_key_value_and_what_is_allowed(load, old, new, fault):
    with pytest.raises(VadError, match=fault) as error:
        load((old, new))
    faults = str(error.value).splitlines()
    assert all("params.yaml: " in line for line in faults)
    assert sum(1 for line in faults if "missing" not in line) <= 1


def test_all_faults_are_told_at_once(load):
    with pytest.raises(VadError) as error:
        load(("opset: 16", "opset: 14"), ("e: 16000", "e: 44100"))
    assert len(str(error.value).splitlines()) == 2


@pytest.mark.parametrize("written", ["5e-4", "'5e-4'", "5.0e-04", "0.0005", "'0.0005'"])
def test_numbers_are_read_however_they_are_written(load, written):
    assert load(("5e-4", written)).finetune.learning_rate == 5e-4


def test_lists_are_words(load):
    prepare = load(("corpora: all", "corpora: ami ljspeech"), ("20 10 5 0", "5")).prepare
    assert prepare.corpus_names == ("ami", "ljspeech")
    assert prepare.test_snrs_db == (5,)
    assert load().prepare.corpus_names is None


def test_broken_yaml_is_named(tmp_path):
    path = tmp_path / "params.yaml"
    for text in ("a: [", "- 1", "\tx: 1"):
        path.write_text(text)
        with pytest.raises(VadError, match=r"params\.yaml: (not valid YAML|expected a mapping)"):
            load_params(path)
    with pytest.raises(VadError, match=r"missing\.yaml: cannot be read"):
        load_params(tmp_path / "missing.yaml")


def test_every_opset_of_the_graph_is_allowed(load):
    for opset in OPSETS:
        assert load(("opset: 16", f"opset: {opset}")).opset == opset
    with pytest.raises(VadError):
        load(("opset: 16", f"opset: {OPSETS[-1] + 1}"))
