"""The stage and its process: killed, in a group of processes, on any number of workers."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import load_file

from stages import finetune, prepare
from vad.errors import VadError
from vad.params import Params, load_params
from vad.prepared import Prepared
from vad.silero.network import network_of, published_network
from vad.silero.weights import load_finetuned, load_published
from vad.tuning.history import as_row, measured
from vad.tuning.training_data import encode_training_data

REPOSITORY = Path(__file__).parents[1]
SCRIPT = """
import sys
from pathlib import Path
from stages.finetune import main
from vad.params import Params
folder = Path(sys.argv[1])
params = Params.model_validate_json(Path(sys.argv[2]).read_text())
outputs = (folder / "w.safetensors", folder / "m.json", folder / "t.csv")
main(Path(sys.argv[3]), *outputs, params=params)
"""
# So loud a noise that the published network is not the best epoch: all runs would end alike.
CARD = """
name: demo
reader: synthetic
licence: MIT
citation: made here
recordings: 6
seconds: 5
noise_recordings: 3
noise_seconds: 3
snr_min_db: -5
snr_max_db: 0
seed: 1
split: {train: train/*, val: val/*, test: test/*}
"""
# Of weights of two processes against one: sums of gradients in another order, over six steps.
TEAM_TOLERANCE = 1e-3
# Of scores that are rounded, and of float32 logits that are calibrated before or after a sum.
SCORE_TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("tiny")
    (root / "raw" / "demo").mkdir(parents=True)
    (root / "raw" / "demo" / "corpus.yaml").write_text(CARD)
    prepare.main(root / "raw", root / "prepared", root / "prepare.json", params=settings())
    return root / "prepared"


def settings() -> Params:
    params = load_params(REPOSITORY / "params.yaml")
    # The domain decides which epoch is kept: on so little data rehearsal loss rises faster than the
    # loss of the domain falls, and the published epoch alone would show nothing.
    weights = {"learning_rate": 1e-3, "rehearsal_weight": 0.001, "noise_weight": 0.001}
    finetune = params.finetune.model_copy(
        update={"epochs": 4, "sequence_s": 1, "batch_size": 8, **weights}
    )
    shorter = params.prepare.model_copy(
        update={"rehearsal_minutes": 1, "augmented_copies": 1, "noise_only_copies": 1}
    )
    return params.model_copy(update={"finetune": finetune, "prepare": shorter})


def command(folder: Path, prepared: Path, *launcher: str) -> list[str]:
    folder.mkdir()
    (folder / "params.json").write_text(settings().model_dump_json())
    (folder / "script.py").write_text(SCRIPT)
    script = (folder / "script.py", folder, folder / "params.json", prepared)
    return [sys.executable, *launcher, *map(str, script)]


def run(line: list[str], workers: int = 2) -> None:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "VAD_WORKERS": str(workers)}
    subprocess.run(line, env=environment, check=True, cwd=REPOSITORY)


@pytest.mark.parametrize("calibrate", [True, False])
def test_the_last_row_scores_the_weights_as_they_are_written(
    tmp_path, prepared, group, calibrate, capsys
):
    section = settings().finetune.model_copy(update={"calibrate": calibrate})
    weights, metrics = tmp_path / "w.safetensors", tmp_path / "m.json"
    params = settings().model_copy(update={"finetune": section})
    finetune.main(prepared, weights, metrics, tmp_path / "t.csv", params=params)
    rows = pd.read_csv(tmp_path / "t.csv").set_index("weights")
    published, tuned = published_network(16000), network_of(load_finetuned(weights).tuned)
    training_data = encode_training_data(published, Prepared(prepared), section, tmp_path, group)
    best = json.loads(metrics.read_text())["best_epoch"]
    assert best > 0
    final = rows.loc["calibrated"] if calibrate else rows[rows["epoch"] == best].iloc[0]
    assert final["epoch"] == best
    assert ("calibrated" in rows.index) == ("scale" in rows.columns) == calibrate
    for network, row in ((published, rows.loc["published"]), (tuned, final)):
        expected = as_row(measured(network, training_data, group))
        assert row[list(expected)].to_dict() == pytest.approx(expected, abs=SCORE_TOLERANCE)
    assert capsys.readouterr().out.startswith(f"16000 Hz: kept epoch {best} of 4, on your v")


def test_the_published_model_has_no_training_loss():
    rows = [{"epoch": 0, "val_loss": 0.5}, {"epoch": 1, "val_loss": 0.4, "train_loss": 0.6}]
    table = finetune.training_table({16000: rows})
    assert table.to_csv(index=False).splitlines() == [
        "epoch,weights,val_loss,train_loss",
        "0,published,0.5,",
        "1,trained,0.4,0.6",
    ]


def test_both_rates_are_tuned_on_the_same_recordings(tmp_path, prepared, capsys):
    section = settings().finetune.model_copy(update={"both_rates": True})
    weights, metrics, plot = tmp_path / "w.safetensors", tmp_path / "m.json", tmp_path / "t.csv"
    params = settings().model_copy(update={"finetune": section})
    finetune.main(prepared, weights, metrics, plot, params=params)
    loaded = load_finetuned(weights)
    assert loaded.tuned_rates == (16000, 8000)
    for rate, branch in loaded.branches.items():
        published, tuned = (b.tensors["lstm.weight_hh_l0"] for b in (load_published(rate), branch))
        assert not np.array_equal(tuned, published)
    numbers, table = json.loads(metrics.read_text()), pd.read_csv(plot)
    assert set(table["branch_8000_epoch"][:5]) == {0, 1, 2, 3, 4}
    losses = table["branch_8000_val_loss"]
    assert losses[numbers["branch_8000"]["best_epoch"]] < losses[0]
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["16000 Hz", "8000 Hz"]


def test_both_rates_need_wide_audio():
    section = settings().finetune.model_copy(update={"both_rates": True})
    with pytest.raises(VadError, match="both_rates is true, expected 'sample_rate: 16000'"):
        finetune.tuned_rates(8000, section)


def test_noise_is_learned_beside_the_domain_and_validated_alone(tmp_path, prepared, group):
    data, section = Prepared(prepared), settings().finetune
    training_data = encode_training_data(published_network(16000), data, section, tmp_path, group)

    def clip_count(split: str, *roles: str) -> int:
        return sum(len(list(data.clips(role, split))) for role in roles)

    assert len(training_data.train.clips) == clip_count("train", "speech")
    assert len(training_data.rehearsal_train.clips) == clip_count("train", "rehearsal")
    assert len(training_data.noise_train.clips) == clip_count("train", "noise")
    assert len(training_data.rehearsal_val.clips) == clip_count("val", "rehearsal")
    assert len(training_data.noise_val.clips) == clip_count("val", "noise") > 0
    assert not training_data.noise_val.speech.any()
    # Targets of rehearsal data are with_distilled_targets, those of validated noise are not.
    assert not set(training_data.rehearsal_train.targets) <= {0, 1}
    assert set(training_data.noise_val.targets) == {0}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, prepared) -> bytes:
    folder = tmp_path_factory.mktemp("runs") / "one"
    run(command(folder, prepared))
    assert json.loads((folder / "m.json").read_text())["best_epoch"] > 1
    return (folder / "w.safetensors").read_bytes()


def test_one_worker_or_two_write_the_same_bytes(tmp_path, prepared, undisturbed):
    folder = tmp_path / "one_worker"
    run(command(folder, prepared), workers=1)
    assert (folder / "w.safetensors").read_bytes() == undisturbed


def test_a_killed_run_goes_on_to_the_same_bytes(tmp_path, prepared, undisturbed):
    folder = tmp_path / "killed"
    line = command(folder, prepared)
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "VAD_WORKERS": "2"}
    process = subprocess.Popen(line, env=environment, cwd=REPOSITORY)
    deadline = time.monotonic() + 120
    while not list(folder.glob(".w.safetensors-*/*/checkpoint.pt")):
        assert process.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (folder / "w.safetensors").exists()
    run(line)
    assert (folder / "w.safetensors").read_bytes() == undisturbed
    assert not list(folder.glob(".w.safetensors-*"))


def test_two_processes_train_what_one_does(tmp_path, prepared, undisturbed):
    folder = tmp_path / "group"
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    run(command(folder, prepared, *launcher), workers=1)
    alone = tmp_path / "alone.safetensors"
    alone.write_bytes(undisturbed)
    expected, parallel = load_file(alone), load_file(folder / "w.safetensors")
    for name, tensor in expected.items():
        difference = (tensor - parallel[name]).abs().max() / tensor.abs().max()
        assert difference < TEAM_TOLERANCE, name
