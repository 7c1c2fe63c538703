"""The pipeline on real recordings: better on meetings, with four minutes of them for training, and
no worse on corpora that it never saw.
"""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score, roc_auc_score

from stages import export_onnx, finetune, prepare
from vad.graph import sequence_model
from vad.prepared import Prepared
from vad.runtime import open_session
from vad.scoring import MODELS, score
from vad.weights import load_published

CARD = """
name: {name}
reader: {reader}
licence: see its source
citation: see its source
audio: "{audio}"
{more}
"""
ELSEWHERE = ("mfa_monologue", "counting", "speechbrain_vad")
TEST_ALONE = 'labels: "audio/*.rttm"\nannotated: "audio/*.uem"\nsplit: {test: "*"}'
CORPORA = {
    "ami": (
        *("rttm", "audio/*/*.flac"),
        'labels: "audio/*/*.words.rttm"\nannotated: "audio/*/*.uem"\n'
        "split: {train: audio/train/*, val: audio/dev/*, test: audio/test/*}",
    ),
    "ljspeech": (
        *("rttm", "audio/*.flac"),
        'labels: "audio/*.rttm"\nannotated: "audio/*.uem"\nsplit: {train: "*"}',
    ),
    "noise": ("folder", "audio/*/*.flac", "role: noise\nsplit: {val: 0.2, test: 0.2}"),
    "rirs": ("folder", "audio/*.flac", "role: rir\nsplit: {val: 0.2, test: 0.2}"),
} | dict.fromkeys(ELSEWHERE, ("rttm", "audio/*.flac", TEST_ALONE))


@pytest.fixture(scope="module")
def raw(tmp_path_factory, real_recordings) -> Path:
    """Corpus folders whose audio is a link to the real recordings."""
    root = tmp_path_factory.mktemp("raw")
    for name, (reader, audio, more) in CORPORA.items():
        (root / name).mkdir()
        (root / name / "audio").symlink_to(real_recordings / name, target_is_directory=True)
        card = CARD.format(name=name, reader=reader, audio=audio, more=more)
        (root / name / "corpus.yaml").write_text(card)
    return root


def roc_auc_and_f1(clips, corpora, model) -> tuple[float, float]:
    """Over all windows of `corpora`, at the threshold 0.5."""
    chosen = [scored for scored in clips if scored.clip.corpus in corpora]
    speech = np.concatenate([scored.speech[scored.annotated] for scored in chosen])
    found = np.concatenate([scored.probabilities[model][scored.annotated] for scored in chosen])
    return roc_auc_score(speech, found), f1_score(speech, found >= 0.5)


def test_tuning_on_meetings_gains_there_and_forgets_nothing(raw, tmp_path, params):
    """Two minutes of meetings and two of the rest: the ROC-AUC of either moves by some .003."""
    prepared, models, metrics = tmp_path / "prepared", tmp_path / "models", tmp_path / "metrics"
    weights, sequence = models / "f.safetensors", models / "q.onnx"
    prepare.main(raw, prepared, metrics / "prepare.json", params=params)
    finetune.main(
        *(prepared, weights, metrics / "finetune.json", metrics / "training.csv"), params=params
    )
    export_onnx.main(weights, models / "s.onnx", sequence, params=params)
    published = sequence_model(load_published(16000), params.opset).SerializeToString()
    sessions = {"published": open_session(published), "finetuned": open_session(sequence)}
    data = Prepared(prepared)
    clips = [
        scored
        for split in ("val", "test")
        for scored in score(data, split, sessions, as_recorded=True)
    ]
    unseen = [scored for scored in clips if scored.clip.split == "test"]
    alone = {model: roc_auc_and_f1(unseen, {"ami"}, model) for model in MODELS}
    meetings = {model: roc_auc_and_f1(clips, {"ami"}, model) for model in MODELS}
    elsewhere = {model: roc_auc_and_f1(clips, ELSEWHERE, model) for model in MODELS}
    assert alone["published"] == pytest.approx((0.971, 0.835), abs=0.001)
    assert alone["finetuned"][0] > alone["published"][0] - 0.005
    assert alone["finetuned"][1] > 0.90
    assert meetings["published"] == pytest.approx((0.963, 0.842), abs=0.001)
    assert elsewhere["published"] == pytest.approx((0.954, 0.929), abs=0.001)
    assert meetings["finetuned"][0] > 0.960
    assert meetings["finetuned"][1] > 0.90
    assert elsewhere["finetuned"][0] > elsewhere["published"][0]
    assert elsewhere["finetuned"][1] > 0.92
    noise = [scored.probabilities["finetuned"] for scored in clips if scored.clip.role == "noise"]
    assert np.mean(np.concatenate(noise) >= 0.5) < 0.02
