import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tests.scored import ranked
from vad.evaluation.bootstrap import LEAST_RECORDINGS, draw_weights, interval
from vad.evaluation.metrics import Windows, bin_edges, window_counts

# Of an area in bins against that of 3200 single windows; the interval is fifty times wider.
TOLERANCE = 2e-4


def recordings(count, draw):
    """Labels and probabilities of two models, some recordings harder than others."""
    for _ in range(count):
        speech = draw.random(400) < draw.uniform(0.3, 0.7)
        ease = draw.uniform(0.5, 3)
        logits = ease * (2 * speech - 1) + draw.standard_normal((2, 400))
        yield speech, 1 / (1 + np.exp(-logits))


def test_against_a_plain_bootstrap():
    """The same draws, but windows are copied and scikit-learn scores them."""
    parts = list(recordings(8, np.random.default_rng(0)))
    weights = draw_weights(np.zeros(8, int), 100, np.random.default_rng(1))
    edges = bin_edges([0.5])
    fast, slow = [], []
    for model in range(2):
        counts = [window_counts(speech, values[model], edges) for speech, values in parts]
        sums = {kind: weights @ np.stack([c[kind] for c in counts]) for kind in counts[0]}
        fast.append(ranked(Windows(sums, edges))["roc_auc"])
        slow.append([])
        for row in weights.astype(int):
            drawn = [part for part, times in zip(parts, row, strict=True) for _ in range(times)]
            labels, values = zip(*drawn, strict=True)
            scores = np.concatenate([value[model] for value in values])
            slow[-1].append(roc_auc_score(np.concatenate(labels), scores))
    np.testing.assert_allclose(fast, slow, rtol=0, atol=TOLERANCE)
    found, expected = (interval(np.subtract(*scores)[1:]) for scores in (fast, slow))
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE)
    assert found[1] - found[0] > 50 * TOLERANCE


def test_an_interval_of_means_is_as_wide_as_theory_says():
    """1.96 standard errors of a mean each side, within the noise of 20000 draws."""
    values = np.random.default_rng(0).standard_normal(100)
    weights = draw_weights(np.zeros(100, int), 20000, np.random.default_rng(1))
    low, high = interval((weights @ values)[1:] / 100)
    error = values.std() / np.sqrt(100)
    assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.03)
    assert (high + low) / 2 == pytest.approx(values.mean(), abs=0.05 * error)


def test_the_first_row_is_everything_and_strata_keep_their_size():
    strata = np.array([0, 1, 1, 0, 1, 0, 1, 0, 1, 0, 0])
    weights = draw_weights(strata, 50, np.random.default_rng(0))
    assert weights.shape == (51, 11)
    assert (weights[0] == 1).all()
    assert (weights[:, strata == 0].sum(axis=1) == 6).all()
    assert (weights[:, strata == 1].sum(axis=1) == 5).all()
    assert len(np.unique(weights, axis=0)) > 40


def test_few_recordings_are_not_drawn():
    enough, few = [0] * LEAST_RECORDINGS, [1] * (LEAST_RECORDINGS - 1)
    assert len(draw_weights(np.array(enough), 50, np.random.default_rng(0))) == 51
    assert len(draw_weights(np.array(enough + few), 50, np.random.default_rng(0))) == 1


def test_equal_seeds_draw_equally():
    first, again, other = (
        draw_weights(np.zeros(9, int), 20, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_draws_that_do_not_tell_are_left_out():
    assert interval(np.array([np.nan, 1.0, 1.0])) == (1, 1)
    assert np.isnan(interval(np.array([np.nan]))).all()
    assert np.isnan(interval(np.zeros(0))).all()
