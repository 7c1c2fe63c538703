import copy

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from vad.tuning.calibration import Calibration, Sample, fitted, fold

# Of two optimisers that stop on their own.
TOLERANCE = 1e-3


@pytest.fixture
def sample():
    draw = np.random.default_rng(0)
    targets = (draw.random(4000) < 0.3).astype(np.float64)
    return Sample(targets, draw.normal(3 * targets - 1, 2.0), 1.0)


def test_scale_and_bias_are_those_of_logistic_regression(sample):
    sample = sample._replace(logits=sample.logits + 2)
    expected = LogisticRegression(C=np.inf).fit(sample.logits[:, None], sample.targets)
    calibration = fitted([sample])
    assert calibration.scale == pytest.approx(expected.coef_[0, 0], rel=TOLERANCE)
    assert calibration.bias == pytest.approx(expected.intercept_[0], rel=TOLERANCE)


def test_the_bias_lets_no_more_noise_pass(sample):
    calibration = fitted([sample._replace(logits=sample.logits - 4)])
    assert calibration.bias == 0
    assert calibration.scale > 0


def test_a_sample_counts_by_its_weight_not_by_its_length(sample):
    sample = sample._replace(logits=sample.logits + 2)
    other = Sample(1 - sample.targets[:100], sample.logits[:100], 1e-6)
    assert fitted([sample, other]).bias == pytest.approx(fitted([sample]).bias, rel=TOLERANCE)


def test_the_ranking_is_never_turned_round(sample):
    assert fitted([sample._replace(logits=-sample.logits)]).scale > 0


def test_folded_weights_give_the_calibrated_logit(published, features):
    values = torch.tensor(features.values[None, :200])
    network, calibration = copy.deepcopy(published), Calibration(0.5, -1.0)
    fold(network, calibration)
    with torch.no_grad():
        before = published.sequence_logits(values, 4)
        after = network.sequence_logits(values, 4)
    torch.testing.assert_close(after, 0.5 * before - 1)
    torch.testing.assert_close(after.numpy(), calibration.of(before.numpy()))
