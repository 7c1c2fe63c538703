import copy

import numpy as np
import pytest
import torch

from vad.errors import VadError
from vad.params import Finetune
from vad.tuning.history import as_row, best_epoch, drift, epoch_line, hit_rate, measured

HISTORY = [
    {"epoch": 0, "val_loss": 0.5, "noise_loss": 0.1, "val_roc_auc": 0.9, "val_hit_rate": 0.7},
    {"epoch": 1, "val_loss": 0.3, "noise_loss": 0.2, "val_roc_auc": 0.8, "val_hit_rate": 0.8},
    {"epoch": 2, "val_loss": 0.2, "noise_loss": 0.4, "val_roc_auc": 0.9, "val_hit_rate": 0.8},
]


def choosing(finetune: Finetune, **changes: object) -> Finetune:
    return finetune.model_copy(update=changes)


@pytest.mark.parametrize("kind", ["rehearsal", "noise"])
def test_each_kind_counts_by_its_weight(finetune, kind):
    history = [
        {name.replace("noise", kind): value for name, value in row.items()} for row in HISTORY
    ]
    epochs = [
        best_epoch(history, choosing(finetune, **{f"{kind}_weight": weight}))["epoch"]
        for weight in (0, 1, 10)
    ]
    assert epochs == [2, 1, 0]


def test_where_there_is_nothing_else_the_domain_decides(finetune):
    history = [{"epoch": 0, "val_loss": 0.5}, {"epoch": 1, "val_loss": 0.3}]
    assert best_epoch(history, finetune)["epoch"] == 1


def test_the_first_of_the_highest_is_best_by_ranking_and_hits(finetune):
    assert best_epoch(HISTORY, choosing(finetune, best_by="roc_auc"))["epoch"] == 0
    assert best_epoch(HISTORY, choosing(finetune, best_by="hit_rate"))["epoch"] == 1


def test_hits_need_noise_in_validation(finetune):
    with pytest.raises(VadError, match="best_by is hit_rate, expected loss: validation has no noi"):
        best_epoch([{"epoch": 0, "val_loss": 0.5}], choosing(finetune, best_by="hit_rate"))


def test_the_hit_rate_does_not_change_with_the_operating_point():
    noise = np.linspace(-1, 0, 1001)
    speech = np.concatenate([np.full(3, -0.5), np.full(7, 1.0)])
    # Three of 1001 pass -0.003.
    assert hit_rate(speech, noise) == pytest.approx(0.7)
    assert hit_rate(3 * speech + 5, 3 * noise + 5) == pytest.approx(0.7)


def test_the_line_of_an_epoch_has_the_loss_that_decides_and_the_time_left(finetune):
    history = [
        {"epoch": 0, "val_loss": 0.5, "noise_loss": 0.1},
        {"epoch": 1, "val_loss": 0.2, "noise_loss": 0.2, "train_loss": 0.75},
        {"epoch": 2, "val_loss": 0.3, "noise_loss": 0.2, "train_loss": 0.5},
    ]
    params = choosing(finetune, noise_weight=2.0)
    assert epoch_line(history, params, 8, 3.0) == (
        "epoch 2 of 8: training loss 0.5000, validation 0.7000 (val 0.3000, noise 0.2000), "
        "best is epoch 1, about 18 s left"
    )


def test_a_row_names_every_score(published, training_data, group):
    row = as_row(measured(published, training_data, group))
    names = {
        f"{kind}_{name}" for kind in ("val", "rehearsal") for name in ("loss", "roc_auc", "f1")
    }
    assert set(row) == names | {"noise_loss", "noise_false_alarm_rate", "val_hit_rate"}
    assert row["val_f1"] == row["rehearsal_f1"]


def test_drift_is_a_share_of_the_published_norm(published):
    network = copy.deepcopy(published)
    assert drift(network, published, 4) == 0
    with torch.no_grad():
        for tensor in network.parameters():
            tensor *= 1.25
    assert drift(network, published, 4) == pytest.approx(0.25, rel=1e-5)
