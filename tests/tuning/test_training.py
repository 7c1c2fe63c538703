import copy
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch
from sklearn.metrics import log_loss

import vad.tuning.training
from vad.errors import VadError
from vad.tuning.batches import TrainingPass, batch_of
from vad.tuning.features import Span
from vad.tuning.process_group import ProcessGroup
from vad.tuning.training import Trainer, learning_tensors, training_loss

# Of float32 sums over a few thousand windows.
TOLERANCE = 1e-4
# Of short sequences, in windows.
STARTS = range(0, 600, 60)
LENGTHS = (1, 60, 7, 31, 60, 2, 19, 44, 58, 3)


def one_a_row(spans):
    return [[span] for span in spans]


@pytest.fixture
def trainer(published, finetune, group):
    return Trainer(copy.deepcopy(published), finetune, 1, group)


@pytest.fixture
def no_dropout(monkeypatch):
    monkeypatch.setattr(vad.tuning.training, "DROPOUT", 0.0)


@pytest.mark.usefixtures("no_dropout")
def test_loss_is_the_cross_entropy_of_annotated_windows(published, features):
    batch = batch_of(features, one_a_row(features.clips), nonspeech_weight=0.7)
    loss = training_loss(published, 4, batch, torch.Generator())
    weighted = batch.weights > 0
    logits = published.sequence_logits(batch.features, 4)[weighted]
    expected = log_loss(
        batch.targets[weighted],
        torch.sigmoid(logits).double().detach(),
        sample_weight=batch.weights[weighted],
    )
    assert loss.item() == pytest.approx(expected, rel=TOLERANCE)


@pytest.mark.usefixtures("no_dropout")
def test_short_sequences_in_a_row_learn_as_they_would_in_rows_of_their_own(published, features):
    """Ten sequences of 1 to 60 windows; the row beside them is a single one, which is padded."""
    short = [Span(start, start + length) for start, length in zip(STARTS, LENGTHS, strict=True)]
    rows = [short[:4], [Span(900, 1000)], short[4:]]
    gradients = []
    for batch in (
        batch_of(features, rows),
        batch_of(features, one_a_row(span for row in rows for span in row)),
    ):
        loss = training_loss(published, 4, batch, torch.Generator())
        gradients.append(torch.autograd.grad(loss, learning_tensors(published, 4)))
    for joined, alone in zip(*gradients, strict=True):
        torch.testing.assert_close(joined, alone, rtol=TOLERANCE, atol=1e-6)


def test_padding_changes_neither_loss_nor_dropout(published, features):
    """A part alone, and beside a longer row that another core works on."""
    rows = one_a_row([Span(0, 40), Span(300, 310)])
    alone = batch_of(features, rows)
    padded = batch_of(features, [*rows, [Span(310, 900)]]).parts(2)[0]
    padded = replace(padded, weights=padded.weights / padded.weights.sum())
    losses = [
        training_loss(published, 4, batch, torch.Generator().manual_seed(1)).item()
        for batch in (alone, padded)
    ]
    assert losses[0] == pytest.approx(losses[1], rel=TOLERANCE)


@pytest.mark.usefixtures("no_dropout")
def test_a_step_goes_down_the_gradient_of_the_whole_batch(trainer, features):
    batch = batch_of(features, one_a_row(features.sequences(100)))
    loss = training_loss(trainer.network, 4, batch, torch.Generator())
    expected = torch.autograd.grad(loss, trainer.learning)
    trainer.train_epoch(1, [batch])
    for tensor, gradient in zip(trainer.learning, expected, strict=True):
        torch.testing.assert_close(tensor.grad, gradient, rtol=TOLERANCE, atol=1e-6)


def test_weights_do_not_depend_on_the_number_of_threads(published, features, finetune):
    weights = []
    for count in (1, 2):
        with ThreadPoolExecutor(count) as threads:
            group = ProcessGroup(torch.device("cpu"), threads)
            trainer = Trainer(copy.deepcopy(published), finetune, 1, group)
            trainer.train_epoch(1, TrainingPass(features, [], finetune, 100, 1))
            weights.append(trainer.averaged.state_dict())
    for name in weights[0]:
        assert torch.equal(weights[0][name], weights[1][name]), name


@pytest.mark.parametrize("layer_count", [0, 3, 4])
def test_what_learns_lies_above_the_frozen_layers(published, layer_count):
    names = {id(tensor): name for name, tensor in published.named_parameters()}
    learning = {names[id(tensor)] for tensor in learning_tensors(published, layer_count)}
    frozen = {f"encoder.{number}" for number in range(layer_count)}
    assert learning == {name for name in names.values() if name[:9] not in frozen}


def test_the_average_follows_the_weights(trainer, features, finetune):
    """Source: torch.optim.swa_utils; here the recurrence is written out."""
    expected = None
    for batch in TrainingPass(features, [], finetune, 100, 1):
        trainer.train_epoch(1, [batch])
        now = trainer.network.head.weight.detach()
        share = finetune.averaging
        expected = now.clone() if expected is None else share * expected + (1 - share) * now
    torch.testing.assert_close(trainer.averaged.head.weight, expected)


def test_a_loss_that_is_no_number_says_where_and_what_to_lower(trainer, features):
    batch = batch_of(features, one_a_row(features.clips))
    broken = replace(batch, features=batch.features * torch.inf)
    with pytest.raises(
        VadError, match=r"epoch 3, batch 2: the loss is nan at learning rate 0\.0005"
    ):
        trainer.train_epoch(3, [batch, broken])
