from dataclasses import replace

import numpy as np
import pytest
import torch

import vad.tuning.epochs
from vad.errors import VadError
from vad.tuning.checkpoints import load_checkpoint
from vad.tuning.epochs import epoch_count, tune
from vad.tuning.history import best_epoch
from vad.tuning.training_data import TrainingData
from vad.tuning.validation import logits_of, scores


def equal(one, other) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(*pair) for pair in pairs)


def test_tuning_learns_and_keeps_the_best_epoch(
    published, training_data, finetune, group, tmp_path
):
    seen = []
    best, history = tune(published, training_data, finetune, 1, group, tmp_path, seen.append)
    assert [row["epoch"] for row in history] == [0, 1, 2, 3]
    assert len(seen) == 3
    assert history[-1]["train_loss"] < history[1]["train_loss"]
    assert history[-1]["drift"] > history[1]["drift"] > 0
    best_row = best_epoch(history, finetune)
    assert (
        scores(training_data.val, logits_of(best, training_data.val, group))["loss"]
        == best_row["val_loss"]
    )


@pytest.mark.parametrize(("steps", "count"), [(1, 40), (9, 36), (24, 14), (40, 8), (9000, 8)])
def test_small_corpora_get_more_epochs_where_their_number_is_automatic(finetune, steps, count):
    assert epoch_count(finetune.model_copy(update={"epochs": "auto"}), steps) == count
    assert epoch_count(finetune.model_copy(update={"epochs": 5}), steps) == 5


def test_the_network_lies_between_the_trained_and_the_published_one(
    published, training_data, finetune, group, tmp_path
):
    parts = {}
    for share in (0.0, 0.25, 1.0):
        section = finetune.model_copy(update={"published_share": share, "epochs": 1})
        folder = tmp_path / str(share)
        folder.mkdir()
        best, _ = tune(published, training_data, section, 1, group, folder)
        parts[share] = best.head.weight.detach()
    expected = 0.75 * parts[0.0] + 0.25 * published.head.weight.detach()
    torch.testing.assert_close(parts[0.25], expected)
    assert torch.equal(parts[1.0], published.head.weight)


def test_only_what_is_trainable_changes(published, training_data, finetune, group, tmp_path):
    best, _ = tune(published, training_data, finetune, 1, group, tmp_path)
    changed = {
        name
        for name, tensor in best.state_dict().items()
        if not torch.equal(tensor, published.state_dict()[name])
    }
    assert changed == {name for name in best.state_dict() if name.startswith(("lstm", "head"))}


def test_equal_seeds_give_equal_bits(published, training_data, finetune, group, tmp_path):
    first, again, other = (
        tune(published, training_data, finetune, seed, group, tmp_path / str(number))[0]
        for number, seed in enumerate((1, 1, 2))
    )
    assert equal(first, again)
    assert not equal(first, other)


def test_the_published_branch_stays_where_nothing_is_better(
    published, training_data, features, finetune, group, tmp_path
):
    """A validation split on which the published branch is as good as it can be."""
    logits = logits_of(published, features, group)
    perfect = features.with_targets((1 / (1 + np.exp(-logits))).astype(np.float32))
    chosen = TrainingData(training_data.train, perfect, None, None, None, None)
    best, history = tune(published, chosen, finetune, 1, group, tmp_path)
    assert best_epoch(history, finetune)["epoch"] == 0
    assert equal(best, published)


@pytest.mark.parametrize("stopped_in", [1, 3])
def test_a_run_that_was_cut_off_ends_with_the_same_bits(
    published, training_data, finetune, group, tmp_path, monkeypatch, stopped_in
):
    expected, rows = tune(published, training_data, finetune, 1, group, tmp_path / "undisturbed")
    train_epoch = vad.tuning.epochs.Trainer.train_epoch

    def interrupted(self, number, steps):
        loss = train_epoch(self, number, steps)
        if number == stopped_in:
            raise KeyboardInterrupt
        return loss

    monkeypatch.setattr(vad.tuning.epochs.Trainer, "train_epoch", interrupted)
    message = f"stopped in epoch {stopped_in}; the same command resumes after"
    with pytest.raises(KeyboardInterrupt, match=message):
        tune(published, training_data, finetune, 1, group, tmp_path / "cut")
    monkeypatch.undo()
    best, history = tune(published, training_data, finetune, 1, group, tmp_path / "cut")
    assert equal(best, expected)
    assert history == rows


def test_what_a_checkpoint_tells_is_not_measured_again(
    published, training_data, finetune, group, tmp_path, monkeypatch
):
    expected, rows = tune(published, training_data, finetune, 1, group, tmp_path)
    calls = []
    monkeypatch.setattr(vad.tuning.epochs, "measured", lambda *given: calls.append(given))
    best, history = tune(published, training_data, finetune, 1, group, tmp_path)
    assert calls == []
    assert equal(best, expected)
    assert history == rows


def test_a_loss_that_is_no_number_leaves_the_last_checkpoint(
    published, training_data, finetune, group, tmp_path
):
    one = finetune.model_copy(update={"epochs": 1})
    tune(published, training_data, one, 1, group, tmp_path)
    nothing = np.full_like(training_data.train.values, np.nan)
    broken = replace(training_data, train=replace(training_data.train, values=nothing))
    with pytest.raises(VadError, match="epoch 2, batch 1: the loss is nan"):
        tune(published, broken, finetune, 1, group, tmp_path)
    assert len(load_checkpoint(tmp_path)["history"]) == 2
