import copy

import pytest
import torch

from vad.history import as_row, best_epoch, drift, measured


def test_general_speech_counts_by_its_weight():
    history = [
        {"epoch": 0, "val_loss": 0.5, "general_loss": 0.1},
        {"epoch": 1, "val_loss": 0.3, "general_loss": 0.2},
        {"epoch": 2, "val_loss": 0.2, "general_loss": 0.4},
    ]
    assert [best_epoch(history, weight)["epoch"] for weight in (0, 1, 10)] == [2, 1, 0]


def test_without_general_speech_the_domain_decides():
    history = [{"epoch": 0, "val_loss": 0.5}, {"epoch": 1, "val_loss": 0.3}]
    assert best_epoch(history, 1.0)["epoch"] == 1


def test_a_row_names_every_score(published, material, team):
    row = as_row(measured(published, material, team))
    names = {f"{kind}_{name}" for kind in ("val", "general") for name in ("loss", "roc_auc", "f1")}
    assert set(row) == names
    assert row["val_f1"] == row["general_f1"]


def test_drift_is_a_share_of_the_published_norm(published):
    network = copy.deepcopy(published)
    assert drift(network, published, 4) == 0
    with torch.no_grad():
        for tensor in network.parameters():
            tensor *= 1.25
    assert drift(network, published, 4) == pytest.approx(0.25, rel=1e-5)
