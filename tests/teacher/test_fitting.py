"""The fitted threshold against F1 as scikit-learn computes it."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from vad.corpora import read_corpora
from vad.teacher.fitting import CANDIDATES, best_threshold, fitted_rule
from vad.teacher.opinions import opinion
from vad.teacher.scores import FOR_PEOPLE


def test_the_threshold_is_fitted_on_labelled_training_recordings(raw):
    labelled = read_corpora(raw, ("calls",))
    threshold = fitted_rule(labelled).threshold
    result = opinion(labelled[0].path)
    times = (np.arange(len(result.scores)) + 0.5) * 0.032
    speech = (times > 1.3) & (times < 2.8)
    best = max(f1_score(speech, result.scores >= one) for one in CANDIDATES)
    # The middle of a window stands for what covers it.
    assert f1_score(speech, result.scores >= threshold) == pytest.approx(best, abs=0.02)
    assert fitted_rule(read_corpora(raw, ("field",))) == FOR_PEOPLE


def test_the_best_threshold_nearest_to_the_fixed_one():
    labels = np.array([False, False, True, True])
    assert best_threshold([(labels, np.array([-6.0, -5.0, -1.0, 0.0]))]) == FOR_PEOPLE.threshold
    assert best_threshold([(labels, np.array([-3.0, -2.0, -1.0, 0.0]))]) == pytest.approx(-1.9)
    assert best_threshold([(~labels[:2], np.zeros(2))]) == FOR_PEOPLE.threshold
    assert best_threshold([]) == FOR_PEOPLE.threshold
