"""How a training goes, epoch by epoch; epoch 0 is the published model."""

from collections.abc import Sequence

import torch

from vad.material import Material
from vad.network import SileroVad
from vad.team import Team
from vad.training import learning_tensors
from vad.validation import Score, logits_of, score

# A row of the training plot.
Epoch = dict[str, float]


def measured(network: SileroVad, material: Material, team: Team) -> dict[str, Score]:
    """Scores on the validation recordings of the domain (`val`) and on `general` ones."""
    return {
        kind: score(features, logits_of(network, features, team))
        for kind, features in material.validation.items()
    }


def as_row(scores: dict[str, Score]) -> Epoch:
    """The scores under names such as `val_loss` and `general_f1`."""
    return {
        f"{kind}_{name}": value
        for kind, values in scores.items()
        for name, value in values._asdict().items()
    }


def best_epoch(history: Sequence[Epoch], general_weight: float) -> Epoch:
    """The epoch of least validation loss, general speech by its weight; the earlier of equals."""
    return min(
        history, key=lambda row: row["val_loss"] + general_weight * row.get("general_loss", 0.0)
    )


def drift(network: SileroVad, published: SileroVad, layer_count: int) -> float:
    """How far the learning weights are from the published ones, as a share of their norm."""
    with torch.no_grad():
        ours, theirs = (
            torch.cat([tensor.flatten() for tensor in learning_tensors(n, layer_count)])
            for n in (network, published)
        )
        return float((ours - theirs).norm() / theirs.norm())
