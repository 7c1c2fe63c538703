import copy

import numpy as np
import torch

from stages.finetune import best_epoch, summarise, tune
from vad.features import Features
from vad.training import validate


def test_tuning_learns_and_keeps_the_best_epoch(published, features, finetune):
    best, history = tune(published, features, features, finetune, seed=1)
    assert [epoch.epoch for epoch in history] == [0, 1, 2, 3]
    assert history[-1].train_loss < history[0].train_loss
    kept = best_epoch(history)
    assert kept.val_roc_auc == max(epoch.val_roc_auc for epoch in history)
    assert validate(best, features, finetune).roc_auc == kept.val_roc_auc
    assert summarise(history)["best_epoch"] == kept.epoch


def test_only_the_decoder_changes(published, features, finetune):
    best, _ = tune(published, features, features, finetune, seed=1)
    changed = {
        name
        for name, tensor in best.state_dict().items()
        if not torch.equal(tensor, published.state_dict()[name])
    }
    assert changed == {name for name in best.state_dict() if name.startswith(("lstm", "head"))}


def test_equal_seeds_give_equal_bits(published, features, finetune):
    weights = [
        copy.deepcopy(tune(published, features, features, finetune, seed)[0].head.weight)
        for seed in (1, 1, 2)
    ]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_the_published_branch_stays_where_nothing_is_better(published, features, finetune):
    """A validation split that the published branch ranks without a fault."""
    with torch.no_grad():
        logits = torch.cat(
            [
                published.decode(torch.tensor(features.values[None, c.start : c.stop]))[0][0]
                for c in features.clips
            ]
        ).numpy()
    val = Features(features.values, logits > np.median(logits), features.annotated, features.clips)
    best, history = tune(published, features, val, finetune, seed=1)
    assert history[0].val_roc_auc == 1
    assert best_epoch(history).epoch == 0
    assert torch.equal(best.head.weight, published.head.weight)
