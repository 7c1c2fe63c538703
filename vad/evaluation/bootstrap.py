"""Certainty of a difference: a paired bootstrap over recordings.

B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 1993, percentile intervals. What is drawn
is recordings, not windows: those of one recording are alike. Both models meet the same draws.
"""

import numpy as np

INTERVAL = (0.025, 0.975)
# Draws of fewer recordings are too alike: of two, every draw shows one, the other, or both.
LEAST_RECORDINGS = 5


def draw_weights(strata: np.ndarray, draw_count: int, draws: np.random.Generator) -> np.ndarray:
    """How often each recording is in each draw, float32 [1 + draws, recordings].

    The first row has every recording once: its sums are the measured ones. Recordings of each
    stratum, [recordings] of whole numbers from 0, are drawn among themselves, so that every draw
    has as many of each kind. With fewer than LEAST_RECORDINGS in one, the first row stands alone.
    """
    sizes = np.bincount(strata)
    if sizes.min() < LEAST_RECORDINGS:
        draw_count = 0
    weights = np.ones((1 + draw_count, len(strata)), np.float32)
    for stratum, size in enumerate(sizes):
        share = np.full(size, 1 / size)
        # Draw by draw: all at once they would be twice as large as the weights.
        for row in weights[1:]:
            row[strata == stratum] = draws.multinomial(size, share)
    return weights


def interval(differences: np.ndarray) -> tuple[float, float]:
    """95 % interval of a difference from that in each draw [draws].

    A draw in which it is undefined, such as one without short utterances, is left out; NaN twice
    where all are.
    """
    defined = differences[np.isfinite(differences)]
    if not len(defined):
        return np.nan, np.nan
    low, high = np.quantile(defined, INTERVAL)
    return float(low), float(high)
