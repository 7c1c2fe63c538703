import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score, log_loss, roc_auc_score

from vad.tuning.validation import logits_of, scores

# Sequences of several lengths in one product add up in another order.
TOLERANCE = 1e-4


def test_clips_are_scored_whole(published, features, group):
    found = logits_of(published, features, group)
    for clip in features.clips:
        values = torch.tensor(features.values[None, clip.start : clip.stop])
        expected = published.sequence_logits(values, 4)[0].detach()
        np.testing.assert_allclose(found[clip.start : clip.stop], expected, atol=TOLERANCE)


def test_scores_are_those_of_sklearn_over_annotated_windows(features):
    logits = np.random.default_rng(0).normal(features.targets, 1)
    kept = features.annotated
    speech, probabilities = features.speech[kept], 1 / (1 + np.exp(-logits[kept]))
    found = scores(features, logits)
    assert found["loss"] == pytest.approx(log_loss(speech, probabilities))
    assert found["roc_auc"] == pytest.approx(roc_auc_score(speech, probabilities))
    assert found["f1"] == pytest.approx(f1_score(speech, probabilities >= 0.5))


def test_noise_alone_has_false_alarms_in_place_of_a_ranking(features):
    noise = features.with_targets(np.zeros(len(features.targets), np.float32))
    logits = np.random.default_rng(0).normal(-1, 1, len(features.targets))
    kept = features.annotated
    found = scores(noise, logits)
    assert set(found) == {"loss", "false_alarm_rate"}
    assert found["loss"] == pytest.approx(np.mean(np.log1p(np.exp(logits[kept]))))
    assert found["false_alarm_rate"] == np.mean(logits[kept] >= 0)
