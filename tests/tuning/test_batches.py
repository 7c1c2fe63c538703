from dataclasses import replace

import numpy as np
import pytest
import torch

from vad.tuning.batches import Rehearsal, TrainingPass, batch_of

# Of float32 sums over a few thousand windows.
TOLERANCE = 1e-5


def windows(batch) -> int:
    return int((batch.weights > 0).sum())


def test_a_pass_holds_every_annotated_window_once(features, finetune):
    steps = TrainingPass(features, [], finetune, 100, "seed")
    found = list(steps)
    assert len(found) == len(steps) == 6
    assert sum(windows(batch) for batch in found) == features.annotated.sum()
    for batch in found:
        assert batch.weights.sum().item() == pytest.approx(1, abs=TOLERANCE)


def test_nonspeech_weighs_what_the_parameter_says(features):
    batch = batch_of(features, features.clips, 600, nonspeech_weight=0.7)
    ratio = batch.weights[(batch.targets == 0) & (batch.weights > 0)] / batch.weights.max()
    torch.testing.assert_close(ratio, torch.full_like(ratio, 0.7))


def test_shorter_sequences_begin_again_at_their_end_and_weigh_nothing_there(features):
    batch = batch_of(features, features.clips[:2], 300)
    again = features.values[300:310]
    torch.testing.assert_close(batch.features[1], torch.tensor(np.tile(again, (30, 1, 1))))
    assert (batch.weights[1, :10] > 0).all()
    assert (batch.weights[1, 10:] == 0).all()


def test_sequences_of_all_kinds_take_turns_in_a_step(features, finetune):
    kinds = [
        Rehearsal(name, features.with_targets(np.full(1500, target, np.float32)), 1.0)
        for name, target in (("rehearsal", 0.25), ("noise", 0.75))
    ]
    batch = next(iter(TrainingPass(features, kinds, finetune, 100, "seed")))
    assert batch.targets[1::3].unique().tolist() == [0.25]
    assert batch.targets[2::3].unique().tolist() == [0.75]


def test_general_sequences_stand_beside_with_their_weight(features, finetune):
    few = features.with_targets(np.full(len(features.targets), 0.25, np.float32))
    beside = [Rehearsal("rehearsal", few, 0.3)]
    for batch in TrainingPass(features, beside, finetune, 100, "seed"):
        rehearsal = batch.targets == 0.25
        assert batch.weights[rehearsal].sum().item() == pytest.approx(0.3, abs=TOLERANCE)
        assert batch.weights[~rehearsal].sum().item() == pytest.approx(1, abs=TOLERANCE)


def test_general_speech_begins_anew_at_its_end(features, finetune):
    """Its four sequences stand beside sixteen."""
    quarters = features.with_targets(np.full(len(features.targets), 0.25, np.float32))
    few = replace(quarters, clips=features.clips[:2])
    beside = [Rehearsal("rehearsal", few, 1.0)]
    found = sum(
        int((batch.weights[batch.targets == 0.25] > 0).sum())
        for batch in TrainingPass(features, beside, finetune, 100, "seed")
    )
    assert found == 4 * features.annotated[: features.clips[1].stop].sum()


def test_the_order_is_drawn_by_the_seed(features, finetune):
    one, again, other = (
        torch.cat([b.targets.flatten() for b in TrainingPass(features, [], finetune, 100, s)])
        for s in (1, 1, 2)
    )
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_parts_hold_the_batch_in_order(features):
    batch = batch_of(features, list(features.sequences(100)), 100)
    parts = batch.parts(4)
    assert max(len(part.targets) for part in parts) == 4
    assert torch.equal(torch.cat([part.features for part in parts]), batch.features)
