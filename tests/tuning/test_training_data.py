import numpy as np
import torch

from vad.tuning.training_data import with_distilled_targets


def test_softened_targets_lie_half_way_to_what_the_network_says(published, features, group):
    distilled = with_distilled_targets(published, features, group)
    clip = features.clips[0]
    values = torch.tensor(features.values[None, clip.start : clip.stop])
    probabilities = torch.sigmoid(published.sequence_logits(values, 4))[0].detach().numpy()
    expected = (features.targets[clip.start : clip.stop] + probabilities) / 2
    # Sequences of several lengths in one product add up in another order.
    np.testing.assert_allclose(distilled.targets[clip.start : clip.stop], expected, atol=1e-5)
    np.testing.assert_array_equal(distilled.speech, features.speech)
