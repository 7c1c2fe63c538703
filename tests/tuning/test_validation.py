import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score, log_loss, roc_auc_score

from vad.tuning.validation import logits_of, scores

# Sequences of several lengths in one product add up in another order.
TOLERANCE = 1e-4


def test_clips_are_scored_whole(published, features, group):
    logits = logits_of(published, features, group)
    for clip in features.clips:
        values = torch.tensor(features.values[None, clip.start : clip.stop])
        expected = published.sequence_logits(values, 4)[0].detach()
        np.testing.assert_allclose(logits[clip.start : clip.stop], expected, atol=TOLERANCE)


def test_scores_are_those_of_sklearn_over_annotated_windows(features):
    logits = np.random.default_rng(0).normal(features.targets, 1)
    annotated = features.annotated
    speech, probabilities = features.speech[annotated], 1 / (1 + np.exp(-logits[annotated]))
    result = scores(features, logits)
    assert result["loss"] == pytest.approx(log_loss(speech, probabilities))
    assert result["roc_auc"] == pytest.approx(roc_auc_score(speech, probabilities))
    assert result["f1"] == pytest.approx(f1_score(speech, probabilities >= 0.5))


def test_noise_alone_has_false_alarms_in_place_of_a_ranking(features):
    noise = features.with_targets(np.zeros(len(features.targets), np.float32))
    logits = np.random.default_rng(0).normal(-1, 1, len(features.targets))
    annotated = features.annotated
    result = scores(noise, logits)
    assert set(result) == {"loss", "false_alarm_rate"}
    assert result["loss"] == pytest.approx(np.mean(np.log1p(np.exp(logits[annotated]))))
    assert result["false_alarm_rate"] == np.mean(logits[annotated] >= 0)
