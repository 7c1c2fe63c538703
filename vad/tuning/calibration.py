"""Calibration: consumers of a drop-in keep the threshold 0.5.

Platt scaling (J. Platt, Probabilistic outputs for support vector machines, 1999): the logit of
the last layer is scaled and shifted. The ranking of windows stays as it is.
"""

from typing import NamedTuple

import numpy as np
import torch
from scipy.special import expit

from vad.silero.network import SileroVad
from vad.tuning.validation import cross_entropy

# A scale at or below zero would turn the ranking round.
LEAST_SCALE = 0.05


class Sample(NamedTuple):
    """Targets and logits, float [windows] each, and the weight of their mean loss."""

    targets: np.ndarray
    logits: np.ndarray
    weight: float


class Calibration(NamedTuple):
    """The logit times `scale` plus `bias`."""

    scale: float
    bias: float

    def of(self, logits: np.ndarray) -> np.ndarray:
        """The calibrated logits, [windows] as those given."""
        return self.scale * logits + self.bias


def fitted(samples: list[Sample]) -> Calibration:
    """The calibration of least mean cross-entropy over `samples`, each by its weight.

    Its bias never raises a probability of one half: that would let more noise pass.
    """

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = 0.0, np.zeros(2)
        for targets, logits, weight in samples:
            shifted = Calibration(*values).of(logits)
            error = expit(shifted) - targets
            total += weight * float(np.mean(cross_entropy(targets, shifted)))
            slope += weight * np.array([np.mean(error * logits), np.mean(error)])
        return total, slope

    # Imported late: every start is shorter.
    from scipy.optimize import minimize

    bounds = [(LEAST_SCALE, None), (None, 0.0)]
    optimum = minimize(loss, (1.0, 0.0), jac=True, method="L-BFGS-B", bounds=bounds)
    return Calibration(*map(float, optimum.x))


@torch.no_grad()
def fold(network: SileroVad, calibration: Calibration) -> None:
    """Make the calibration part of the last layer of `network`."""
    network.head.weight *= calibration.scale
    network.head.bias.mul_(calibration.scale).add_(calibration.bias)
