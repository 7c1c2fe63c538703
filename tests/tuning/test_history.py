import copy

import pytest
import torch

from vad.tuning.history import as_row, best_epoch, drift, measured, validation_weights


@pytest.mark.parametrize("kind", ["rehearsal", "noise"])
def test_each_kind_counts_by_its_weight(kind):
    history = [
        {"epoch": 0, "val_loss": 0.5, f"{kind}_loss": 0.1},
        {"epoch": 1, "val_loss": 0.3, f"{kind}_loss": 0.2},
        {"epoch": 2, "val_loss": 0.2, f"{kind}_loss": 0.4},
    ]
    found = [best_epoch(history, {"val": 1, kind: weight})["epoch"] for weight in (0, 1, 10)]
    assert found == [2, 1, 0]


def test_where_there_is_nothing_else_the_domain_decides(finetune):
    history = [{"epoch": 0, "val_loss": 0.5}, {"epoch": 1, "val_loss": 0.3}]
    assert best_epoch(history, validation_weights(finetune))["epoch"] == 1


def test_a_row_names_every_score(published, training_data, group):
    row = as_row(measured(published, training_data, group))
    names = {
        f"{kind}_{name}" for kind in ("val", "rehearsal") for name in ("loss", "roc_auc", "f1")
    }
    assert set(row) == names | {"noise_loss", "noise_false_alarm_rate"}
    assert row["val_f1"] == row["rehearsal_f1"]


def test_drift_is_a_share_of_the_published_norm(published):
    network = copy.deepcopy(published)
    assert drift(network, published, 4) == 0
    with torch.no_grad():
        for tensor in network.parameters():
            tensor *= 1.25
    assert drift(network, published, 4) == pytest.approx(0.25, rel=1e-5)
