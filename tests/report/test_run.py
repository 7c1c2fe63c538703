"""What a run was, in a sentence and a list."""

import subprocess

import pandas as pd
import pytest

from tests.conftest import REPOSITORY
from vad.params import load_params
from vad.prepared.summary import DataRow
from vad.report.run import (
    DEFAULTS,
    Changed,
    as_text,
    changed_parameters,
    kept_epoch,
    training_sentence,
)

TRAINING = pd.DataFrame(
    {"epoch": [0, 1, 2, 1], "weights": ["published", "trained", "trained", "calibrated"]}
)


def data_row(corpus, split="train", role="speech", hours=0.25):
    return DataRow(corpus, role, split, "in-house", 5, hours)


def git(*words):
    done = subprocess.run(["git", *words], cwd=REPOSITORY, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def test_the_defaults_are_those_of_params_yaml(tmp_path):
    """In the commit that set them: whoever uses the repository changes params.yaml alone."""
    default = DEFAULTS.relative_to(REPOSITORY)
    commit = git("log", "-1", "--format=%H", "--", str(default))
    text = git("show", f"{commit}:params.yaml") if commit else ""
    if not text:
        pytest.skip("no Git history")
    (tmp_path / "params.yaml").write_text(text)
    (tmp_path / "defaults.yaml").write_text(git("show", f"{commit}:{default}"))
    params, defaults = (load_params(tmp_path / f"{n}.yaml") for n in ("params", "defaults"))
    assert as_text(params.model_dump()) == as_text(defaults.model_dump())


def test_only_parameters_that_differ_are_named():
    defaults = load_params(DEFAULTS)
    assert changed_parameters(defaults) == []
    finetune = defaults.finetune.model_copy(update={"learning_rate": 1e-3, "calibrate": False})
    prepare = defaults.prepare.model_copy(update={"test_snrs_db": (5.0, 0.0)})
    update = {"opset": 17, "finetune": finetune, "prepare": prepare}
    assert changed_parameters(defaults.model_copy(update=update)) == [
        Changed("opset", "17", "16"),
        Changed("prepare.test_snrs_db", "5 0", "20 10 5 0"),
        Changed("finetune.learning_rate", "0.001", "0.0005"),
        Changed("finetune.calibrate", "false", "true"),
    ]


def test_the_training_is_a_sentence():
    data = [data_row("calls"), data_row("street", role="noise"), data_row("calls", "test")]
    assert training_sentence(data, TRAINING) == (
        "Tuned on 15.0 min of calls in 2 epochs, of which epoch 1 was kept."
    )
    more = [*data, data_row("field", hours=2.0)]
    assert training_sentence(more, TRAINING[:3]) == "Tuned on 2.2 h of calls and field in 2 epochs."
    assert training_sentence([], None) == ""
    published = TRAINING.replace({"epoch": {1: 0}})
    assert training_sentence([], published) == (
        "Tuned in 2 epochs, none of which was better than the published weights."
    )


def test_no_epoch_is_known_without_calibration():
    assert (kept_epoch(TRAINING), kept_epoch(TRAINING[:3])) == (1, None)
