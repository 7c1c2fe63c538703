"""The epochs of a training, from the published network or from a checkpoint."""

import copy
import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from vad.params import AUTO, Finetune
from vad.progress import tracked
from vad.silero.network import SileroVad
from vad.tuning.batches import TrainingPass
from vad.tuning.checkpoints import load_checkpoint, save_checkpoint
from vad.tuning.history import Epoch, as_row, best_epoch, drift, epoch_line, measured
from vad.tuning.process_group import ProcessGroup
from vad.tuning.training import Trainer
from vad.tuning.training_data import TrainingData

# Where the number of epochs is automatic: few steps teach too little of a small corpus.
LEAST_STEPS = 320
LEAST_EPOCHS, MOST_EPOCHS = 8, 40


def tune(
    published: SileroVad,
    training_data: TrainingData,
    params: Finetune,
    seed: int,
    group: ProcessGroup,
    folder: Path,
    on_epoch: Callable[[list[Epoch]], None] = lambda _: None,
) -> tuple[SileroVad, list[Epoch]]:
    """The network of the best epoch, and a row of history for each epoch.

    Its weights are averaged over steps, then with the published ones by `published_share`.
    A checkpoint in `folder` is resumed, and replaced after each epoch. Epoch 0 is the
    published network: where no epoch is better, it is kept. The first process of the group calls
    `on_epoch` with the history so far.
    """
    trainer = Trainer(copy.deepcopy(published), params, seed, group)
    length = round(params.sequence_s * published.geometry.windows_per_s)
    rehearsals = training_data.rehearsals(params)

    def training_pass(number: int) -> TrainingPass:
        return TrainingPass(training_data.train, rehearsals, params, length, seed, "epoch", number)

    epochs = epoch_count(params, len(training_pass(1)))
    history: list[Epoch]
    if checkpoint := load_checkpoint(folder):
        history, best = checkpoint["history"], checkpoint["best"]
        trainer.resume(checkpoint["trainer"])
    else:
        history = [{"epoch": 0, **as_row(measured(published, training_data, group)), "drift": 0}]
        best = copy.deepcopy(published.state_dict())
    # VadError before any training where validation does not define `params.best_by`.
    best_epoch(history, params)
    began_s, first = time.monotonic(), len(history)
    for number in range(first, epochs + 1):
        steps = training_pass(number)
        title = f"finetune: epoch {number} of {epochs}"
        bar = tracked(steps, title, len(steps), "steps", is_shown=group.is_first)
        with _stopped_by_hand(number):
            loss = trainer.train_epoch(number, bar)
            candidate = interpolated(trainer.averaged, published, params.published_share)
            row = as_row(measured(candidate, training_data, group))
        step = {"epoch": number, "learning_rate": params.learning_rate, "train_loss": loss}
        row["drift"] = drift(candidate, published, trainer.layer_count)
        history.append(step | row)
        if best_epoch(history, params) is history[-1]:
            best = candidate.state_dict()
        if group.is_first:
            state = {"history": history, "best": best, "trainer": trainer.state()}
            save_checkpoint(folder, state)
            on_epoch(history)
            pace_s = (time.monotonic() - began_s) / (number - first + 1)
            print(epoch_line(history, params, epochs, pace_s), file=sys.stderr)
    tuned = copy.deepcopy(published)
    tuned.load_state_dict(best)
    return tuned, history


def epoch_count(params: Finetune, steps: int) -> int:
    """The passes over training data that takes so many steps to pass."""
    if params.epochs != AUTO:
        return params.epochs
    return min(max(math.ceil(LEAST_STEPS / steps), LEAST_EPOCHS), MOST_EPOCHS)


@torch.no_grad()
def interpolated(tuned: SileroVad, published: SileroVad, published_share: float) -> SileroVad:
    """A network between both: it recovers forgotten ground sooner than it loses the gain.

    Source: M. Wortsman et al., Robust fine-tuning of zero-shot models, 2022.
    """
    between = copy.deepcopy(published)
    for weight, goal in zip(between.parameters(), tuned.parameters(), strict=True):
        weight.lerp_(goal, 1 - published_share)
    return between


@contextmanager
def _stopped_by_hand(number: int) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"stopped in epoch {number}; the same command resumes after epoch {number - 1}"
        ) from None
