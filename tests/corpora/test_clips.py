"""Labels in samples: intervals that hold none of them vanish."""

import numpy as np

from vad.corpora.clips import in_samples


def test_intervals_without_a_sample_vanish_and_others_stay():
    seconds = np.array([[0.0, 0.5], [1.0, 1.00001], [2.0, 2.00002], [2.00004, 3.0]])
    samples = in_samples(seconds, 16000)
    assert samples.tolist() == [[0, 8000], [32001, 48000]]
    assert in_samples(np.zeros((0, 2)), 16000).shape == (0, 2)
