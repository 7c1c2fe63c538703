"""The history of a training, a row for each epoch; epoch 0 is the published model."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from vad.errors import VadError
from vad.params import Finetune
from vad.silero.network import SileroVad
from vad.tuning.process_group import ProcessGroup
from vad.tuning.training import learning_tensors
from vad.tuning.training_data import TrainingData
from vad.tuning.validation import logits_of, scores

# A row of the training plot.
Epoch = dict[str, float]

# The share of noise windows that may pass where epochs are compared by their hits.
FALSE_ALARM_SHARE = 0.003


def validation_weights(params: Finetune) -> dict[str, float]:
    """The weight of the loss on each kind of validation recordings."""
    return {"val": 1.0, "rehearsal": params.rehearsal_weight, "noise": params.noise_weight}


def measured(
    network: SileroVad, training_data: TrainingData, group: ProcessGroup
) -> dict[str, dict[str, float]]:
    """Scores on each kind of validation recordings; `hit_rate` of the domain where noise is one."""
    sets = training_data.validation
    logits = {kind: logits_of(network, features, group) for kind, features in sets.items()}
    rows = {kind: scores(features, logits[kind]) for kind, features in sets.items()}
    if noise := sets.get("noise"):
        speech = logits["val"][sets["val"].annotated & sets["val"].speech]
        rows["val"]["hit_rate"] = hit_rate(speech, logits["noise"][noise.annotated])
    return rows


def hit_rate(speech: np.ndarray, noise: np.ndarray) -> float:
    """The share of `speech` logits [windows] over the one that FALSE_ALARM_SHARE of `noise` pass.

    It compares networks at equal false alarms, whatever 0.5 means to each.
    """
    threshold = np.quantile(noise, 1 - FALSE_ALARM_SHARE)
    return float(np.mean(speech > threshold))


def as_row(scores_by_kind: Mapping[str, Mapping[str, float]]) -> Epoch:
    """The scores under names such as `val_loss` and `rehearsal_f1`."""
    return {
        f"{kind}_{name}": value
        for kind, values in scores_by_kind.items()
        for name, value in values.items()
    }


def best_epoch(history: Sequence[Epoch], params: Finetune) -> Epoch:
    """The best epoch by `params.best_by`, the first of equals.

    Of losses the least, summed over kinds of validation recordings by their weights, where those
    that the history lacks do not count; of the domain's ROC-AUC or hit rate the highest. VadError
    where the validation recordings do not define it.
    """
    if params.best_by == "loss":
        return min(history, key=lambda row: weighted_loss(row, validation_weights(params)))
    column = f"val_{params.best_by}"
    if column not in history[0]:
        raise VadError(
            f"finetune.best_by is {params.best_by}, expected loss: validation has no "
            f"{'noise' if params.best_by == 'hit_rate' else 'speech'}"
        )
    return max(history, key=lambda row: row[column])


def weighted_loss(row: Epoch, weights: Mapping[str, float]) -> float:
    """The sum of the losses in `row` by the weight of each kind."""
    return sum(weight * row.get(f"{kind}_loss", 0.0) for kind, weight in weights.items())


def epoch_line(history: Sequence[Epoch], params: Finetune, epochs: int, epoch_s: float) -> str:
    """The last epoch in a line: its losses, their weighted sum, and the time left.

    `epochs` is how many there are, `epoch_s` how long one takes.
    """
    row, best, weights = history[-1], best_epoch(history, params), validation_weights(params)
    losses = [f"{kind} {row[f'{kind}_loss']:.4f}" for kind in weights if f"{kind}_loss" in row]
    number = int(row["epoch"])
    return (
        f"epoch {number} of {epochs}: training loss {row['train_loss']:.4f}, validation "
        f"{weighted_loss(row, weights):.4f} ({', '.join(losses)}), best is epoch "
        f"{int(best['epoch'])}, about {epoch_s * (epochs - number):.0f} s left"
    )


def drift(network: SileroVad, published: SileroVad, layer_count: int) -> float:
    """How far the learning weights are from the published ones, as a share of their norm."""
    with torch.no_grad():
        ours, theirs = (
            torch.cat([tensor.flatten() for tensor in learning_tensors(n, layer_count)])
            for n in (network, published)
        )
        return float((ours - theirs).norm() / theirs.norm())
