"""How a training goes, epoch by epoch; epoch 0 is the published model."""

from collections.abc import Mapping, Sequence

import torch

from vad.params import Finetune
from vad.silero.network import SileroVad
from vad.tuning.process_group import ProcessGroup
from vad.tuning.training import learning_tensors
from vad.tuning.training_data import TrainingData
from vad.tuning.validation import logits_of, scores

# A row of the training plot.
Epoch = dict[str, float]


def validation_weights(params: Finetune) -> dict[str, float]:
    """The weight of the loss on each kind of validation recordings."""
    return {"val": 1.0, "rehearsal": params.rehearsal_weight, "noise": params.noise_weight}


def measured(
    network: SileroVad, training_data: TrainingData, group: ProcessGroup
) -> dict[str, dict[str, float]]:
    """Scores on each kind of validation recordings."""
    return {
        kind: scores(features, logits_of(network, features, group))
        for kind, features in training_data.validation.items()
    }


def as_row(found: Mapping[str, Mapping[str, float]]) -> Epoch:
    """The scores under names such as `val_loss` and `rehearsal_f1`."""
    return {
        f"{kind}_{name}": value for kind, values in found.items() for name, value in values.items()
    }


def best_epoch(history: Sequence[Epoch], weights: Mapping[str, float]) -> Epoch:
    """The epoch of least validation loss, summed by the weight of each kind; the first of equals.

    A kind that the history does not tell of does not count.
    """

    def loss(row: Epoch) -> float:
        return sum(weight * row.get(f"{kind}_loss", 0.0) for kind, weight in weights.items())

    return min(history, key=loss)


def drift(network: SileroVad, published: SileroVad, layer_count: int) -> float:
    """How far the learning weights are from the published ones, as a share of their norm."""
    with torch.no_grad():
        ours, theirs = (
            torch.cat([tensor.flatten() for tensor in learning_tensors(n, layer_count)])
            for n in (network, published)
        )
        return float((ours - theirs).norm() / theirs.norm())
