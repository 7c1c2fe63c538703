"""The logits of a network on whole clips, and their scores."""

import numpy as np
import torch

from vad.silero.network import SileroVad
from vad.tuning.batches import PART_ROWS, batch_of
from vad.tuning.features import Features
from vad.tuning.process_group import ProcessGroup

# Ten minutes: where longer clips are cut, the state starts anew.
SEQUENCE_WINDOWS = 18750


def logits_of(network: SileroVad, features: Features, group: ProcessGroup) -> np.ndarray:
    """Speech logits float32 [windows] of all clips, each from a silent state on."""
    spans = sorted(features.sequences(SEQUENCE_WINDOWS), key=lambda span: span.stop - span.start)
    logits = np.zeros(len(features.targets), np.float32)

    @torch.no_grad()
    def infer(first: int) -> None:
        part = spans[first : first + PART_ROWS]
        values = batch_of(features, [[span] for span in part]).features.to(group.device)
        rows = network.sequence_logits(values, features.layer_count).cpu().numpy()
        for span, row in zip(part, rows, strict=True):
            logits[span.start : span.stop] = row[: span.stop - span.start]

    list(group.threads.map(infer, range(0, len(spans), PART_ROWS)))
    return logits


def scores(features: Features, logits: np.ndarray) -> dict[str, float]:
    """Scores of `logits` [windows] against the targets of `features`, over annotated windows.

    Mean cross-entropy (`loss`), with `roc_auc` and `f1` at probability 0.5 or, where there is
    noise alone, the `false_alarm_rate` there.
    """
    # Imported late: a second run for one output ends before this, and every start is shorter.
    from sklearn.metrics import f1_score, roc_auc_score

    annotated = features.annotated
    speech, logits = features.speech[annotated], logits[annotated]
    loss = {"loss": float(np.mean(cross_entropy(features.targets[annotated], logits)))}
    if not speech.any():
        return loss | {"false_alarm_rate": float(np.mean(logits >= 0))}
    ranking = float(roc_auc_score(speech, logits))
    return loss | {"roc_auc": ranking, "f1": float(f1_score(speech, logits >= 0))}


def cross_entropy(targets: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """Of each window, in nats: [windows]."""
    return np.logaddexp(0, logits, dtype=np.float64) - targets * logits
