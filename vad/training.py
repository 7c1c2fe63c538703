"""Training the decoder on encoder features, in sequence form."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from vad.features import Features, Span
from vad.network import SileroVad
from vad.params import Finetune

# Ten minutes: where longer clips are cut for validation, the state starts anew.
VALIDATION_WINDOWS = 18750


@dataclass(frozen=True)
class Batch:
    """Sequences of one step, padded at the end; where nothing is annotated the weight is 0.

    `features` [batch, windows, 128], `speech` and `weight` [batch, windows].
    """

    features: Tensor
    speech: Tensor
    weight: Tensor


class Score(NamedTuple):
    """Loss per unit of weight, and ROC-AUC over all annotated windows."""

    loss: float
    roc_auc: float


def batches(features: Features, spans: list[Span], params: Finetune) -> Iterator[Batch]:
    """The spans in the order given, `params.batch_size` at a time."""
    for first in range(0, len(spans), params.batch_size):
        rows = [slice(s.start, s.stop) for s in spans[first : first + params.batch_size]]
        speech = _padded([features.speech[row] for row in rows])
        annotated = _padded([features.annotated[row] for row in rows])
        yield Batch(
            _padded([features.values[row] for row in rows]),
            speech,
            annotated * torch.where(speech > 0, 1.0, params.nonspeech_weight),
        )


def weighted_bce(logits: Tensor, batch: Batch) -> Tensor:
    """Binary cross-entropy per unit of weight; `logits` [batch, windows]."""
    losses = functional.binary_cross_entropy_with_logits(
        logits, batch.speech, batch.weight, reduction="sum"
    )
    return losses / batch.weight.sum().clamp(min=1)


def train_epoch(
    network: SileroVad, optimizer: torch.optim.Optimizer, steps: Iterator[Batch]
) -> float:
    """One pass over `steps`; the mean loss of a step. Only decoder parameters get gradients."""
    network.train()
    losses = []
    for batch in steps:
        logits, _ = network.decode(batch.features)
        loss = weighted_bce(logits, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return float(np.mean(losses))


@torch.no_grad()
def validate(network: SileroVad, features: Features, params: Finetune) -> Score:
    """Score of the network on whole clips, or on stretches of ten minutes of longer ones."""
    network.eval()
    spans = sorted(features.sequences(VALIDATION_WINDOWS), key=lambda span: span.stop - span.start)
    total_loss, total_weight = 0.0, 0.0
    probabilities, speech = [], []
    for batch in batches(features, spans, params):
        logits, _ = network.decode(batch.features)
        scored = batch.weight > 0
        weight = batch.weight.sum().item()
        total_loss += weighted_bce(logits, batch).item() * weight
        total_weight += weight
        probabilities.append(torch.sigmoid(logits[scored]).numpy())
        speech.append(batch.speech[scored].numpy())
    roc_auc = roc_auc_score(np.concatenate(speech), np.concatenate(probabilities))
    return Score(total_loss / total_weight, float(roc_auc))


def _padded(arrays: list[np.ndarray]) -> Tensor:
    tensors = [torch.from_numpy(np.asarray(array, np.float32)) for array in arrays]
    return pad_sequence(tensors, batch_first=True)
