"""What a network makes of whole clips, and how good that is."""

from typing import NamedTuple

import numpy as np
import torch
from sklearn.metrics import f1_score, roc_auc_score

from vad.batches import PART_SEQUENCES, batch_of
from vad.features import Features
from vad.network import SileroVad
from vad.team import Team

# Ten minutes: where longer clips are cut, the state starts anew.
SEQUENCE_WINDOWS = 18750


class Score(NamedTuple):
    """Over all annotated windows: mean cross-entropy, ROC-AUC, and F1 at probability 0.5."""

    loss: float
    roc_auc: float
    f1: float


def logits_of(network: SileroVad, features: Features, team: Team) -> np.ndarray:
    """Speech logits float32 [windows] of all clips, each from a silent state on."""
    spans = sorted(features.sequences(SEQUENCE_WINDOWS), key=lambda span: span.stop - span.start)
    logits = np.zeros(len(features.targets), np.float32)

    @torch.no_grad()
    def infer(first: int) -> None:
        part = spans[first : first + PART_SEQUENCES]
        values = batch_of(features, part).features.to(team.device)
        found = network.sequence_logits(values, features.layer_count).cpu().numpy()
        for span, row in zip(part, found, strict=True):
            logits[span.start : span.stop] = row[: span.stop - span.start]

    list(team.threads.map(infer, range(0, len(spans), PART_SEQUENCES)))
    return logits


def score(features: Features, logits: np.ndarray) -> Score:
    """How well `logits` [windows] tell the targets of `features`."""
    kept = features.annotated
    speech, found = features.speech[kept], logits[kept]
    return Score(
        float(np.mean(cross_entropy(features.targets[kept], found))),
        float(roc_auc_score(speech, found)),
        float(f1_score(speech, found >= 0)),
    )


def cross_entropy(targets: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """Of each window, in nats: [windows]."""
    return np.logaddexp(0, logits, dtype=np.float64) - targets * logits
