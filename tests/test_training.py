import pytest
import torch
from sklearn.metrics import log_loss, roc_auc_score

from vad.training import batches, validate, weighted_bce

# Of float32 sums over a few thousand windows.
TOLERANCE = 1e-4


def test_batches_hold_every_window_once(features, finetune):
    found = list(batches(features, list(features.sequences(100)), finetune))
    weight = torch.where(torch.tensor(features.speech), 1.0, 0.7) * torch.tensor(features.annotated)
    assert [len(batch.speech) for batch in found] == [3] * 5 + [1]
    total = sum(batch.weight.sum().item() for batch in found)
    assert total == pytest.approx(weight.sum().item(), rel=TOLERANCE)


def test_loss_is_weighted_cross_entropy_of_annotated_windows(features, finetune):
    batch = next(batches(features, features.clips, finetune))
    logits = torch.randn(batch.speech.shape, generator=torch.Generator().manual_seed(0))
    kept = batch.weight > 0
    expected = log_loss(
        batch.speech[kept], torch.sigmoid(logits[kept]).double(), sample_weight=batch.weight[kept]
    )
    assert weighted_bce(logits, batch).item() == pytest.approx(expected, rel=TOLERANCE)


def test_validation_scores_whole_clips(published, features, finetune):
    probabilities = []
    with torch.no_grad():
        for clip in features.clips:
            logits, _ = published.decode(
                torch.tensor(features.values[None, clip.start : clip.stop])
            )
            probabilities.append(torch.sigmoid(logits[0]))
    kept = features.annotated
    expected = roc_auc_score(features.speech[kept], torch.cat(probabilities).numpy()[kept])
    score = validate(published.eval(), features, finetune)
    assert score.roc_auc == pytest.approx(expected, abs=TOLERANCE)
