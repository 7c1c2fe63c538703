"""The passes against the network run by itself on shifted and louder audio."""

import numpy as np
import pytest
import torch

from vad.silero.geometry import GEOMETRIES
from vad.silero.windows import frame_windows
from vad.teacher.passes import AFTER_WINDOWS, GAINS_DB, SHIFTS, passes, teacher_network

# Products of blocks of other sizes round otherwise; logits are up to 12.
TOLERANCE = 1e-3


def by_itself(network, samples):
    """Logits [windows] of one pass over whole audio."""
    with torch.no_grad():
        windows = np.ascontiguousarray(frame_windows(samples, network.geometry))
        features = network.encode(torch.from_numpy(windows))
        return network.decode(features[None])[0][0].numpy()


@pytest.mark.parametrize("windows", [4, 256])
def test_quarters_are_the_mean_of_passes_that_are_shifted_and_louder(audio, sample_rate, windows):
    geometry, network = GEOMETRIES[sample_rate], teacher_network(sample_rate)
    size = geometry.window_samples
    audio = audio[: 60 * size + 100]
    blocks = (
        audio[start : start + windows * size] for start in range(0, len(audio), windows * size)
    )
    result = passes(network, blocks)
    count = 61
    assert result.sample_count == len(audio)
    assert len(result.logits) == SHIFTS * (count + AFTER_WINDOWS)
    for shift in range(SHIFTS):
        silence = np.zeros(shift * size // SHIFTS, np.float32)
        end = (count + AFTER_WINDOWS) * size
        shifted = np.concatenate((silence, audio, np.zeros(end, np.float32)))[:end]
        expected = [by_itself(network, np.float32(10 ** (g / 20)) * shifted) for g in GAINS_DB]
        # Shifted by q quarters, the windows end q quarters earlier in the audio.
        own = result.logits[SHIFTS - 1 - shift :: SHIFTS]
        np.testing.assert_allclose(own, np.mean(expected, axis=0), atol=TOLERANCE)


def test_the_spread_is_that_of_the_probabilities(audio, sample_rate):
    result = passes(teacher_network(sample_rate), [audio[: GEOMETRIES[sample_rate].window_samples]])
    assert result.spread.shape == (1,)
    assert 0 <= result.spread[0] <= 0.5
