"""The steps of one branch together, on features drawn at random; stage finetune tests real ones."""

import numpy as np
import pytest

from vad.tuning import branches
from vad.tuning.branches import calibration_of, tune_branch
from vad.tuning.history import measured
from vad.tuning.validation import logits_of


def test_calibration_lowers_the_loss_of_all_kinds_together(published, training_data, group):
    weights = {"val": 1.0, "rehearsal": 2.0, "noise": 4.0}
    calibration = calibration_of(published, training_data, weights, group)

    def loss(scale: float, bias: float) -> float:
        total = 0.0
        for kind, features in training_data.validation.items():
            logits = scale * logits_of(published, features, group)[features.annotated] + bias
            targets = features.targets[features.annotated]
            total += weights[kind] * np.mean(np.logaddexp(0, logits) - targets * logits)
        return total

    assert loss(*calibration) < loss(1.0, 0.0)
    assert loss(*calibration) <= loss(calibration.scale * 1.2, calibration.bias)
    assert loss(*calibration) <= loss(calibration.scale, calibration.bias - 0.2)


@pytest.mark.parametrize("calibrate", [True, False])
def test_calibration_is_part_of_the_last_layer(
    published, training_data, finetune, group, tmp_path, monkeypatch, calibrate
):
    monkeypatch.setattr(branches, "encode_training_data", lambda *_: training_data)
    params = finetune.model_copy(update={"epochs": 1, "calibrate": calibrate})
    rate = published.geometry.sample_rate
    branch = tune_branch(rate, None, params, 1, group, tmp_path, lambda _: None)
    assert [row["epoch"] for row in branch.rows[:2]] == [0, 1]
    assert ("scale" in branch.rows[-1]) == calibrate
    expected = measured(branch.network, training_data, group)["val"]["loss"]
    assert branch.final["val_loss"] == pytest.approx(expected, abs=1e-6)
