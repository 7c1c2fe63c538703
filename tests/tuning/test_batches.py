import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from vad.tuning.batches import NOISE, Rehearsal, TrainingPass, batch_of, following, joined
from vad.tuning.features import Span

# Of float32 sums over a few thousand windows.
TOLERANCE = 1e-5


def one_a_row(spans):
    return [[span] for span in spans]


def windows(batch) -> int:
    return int((batch.weights > 0).sum())


def test_a_pass_holds_every_annotated_window_once(features, finetune):
    steps = TrainingPass(features, [], finetune, 100, "seed")
    batches = list(steps)
    assert len(batches) == len(steps) == 6
    assert sum(windows(batch) for batch in batches) == features.annotated.sum()
    for batch in batches:
        assert batch.weights.sum().item() == pytest.approx(1, abs=TOLERANCE)


def test_nonspeech_weighs_what_the_parameter_says(features):
    batch = batch_of(features, one_a_row(features.clips), nonspeech_weight=0.7)
    ratio = batch.weights[(batch.targets == 0) & (batch.weights > 0)] / batch.weights.max()
    torch.testing.assert_close(ratio, torch.full_like(ratio, 0.7))


def test_rehearsal_sequences_stand_beside_with_their_weight(features, finetune):
    few = features.with_targets(np.full(len(features.targets), 0.25, np.float32))
    beside = [Rehearsal("rehearsal", few, 0.3)]
    for batch in TrainingPass(features, beside, finetune, 100, "seed"):
        is_rehearsal = batch.targets == 0.25
        assert batch.weights[is_rehearsal].sum().item() == pytest.approx(0.3, abs=TOLERANCE)
        assert batch.weights[~is_rehearsal].sum().item() == pytest.approx(1, abs=TOLERANCE)


def test_each_kind_stands_beside_with_its_own_weight(features, finetune):
    kinds = [
        Rehearsal(name, features.with_targets(np.full(1500, target, np.float32)), weight)
        for name, target, weight in (("rehearsal", 0.25, 0.5), ("noise", 0.75, 4.0))
    ]
    for batch in TrainingPass(features, kinds, finetune, 100, "seed"):
        for kind in kinds:
            weights = batch.weights[batch.targets == kind.features.targets[0]]
            assert weights.sum().item() == pytest.approx(kind.weight, abs=TOLERANCE)


def test_rehearsal_data_begins_anew_at_its_end(features, finetune):
    """Its four sequences stand beside sixteen."""
    quarters = features.with_targets(np.full(len(features.targets), 0.25, np.float32))
    few = replace(quarters, clips=features.clips[:2])
    beside = [Rehearsal("rehearsal", few, 1.0)]
    seen_windows = sum(
        int((batch.weights[batch.targets == 0.25] > 0).sum())
        for batch in TrainingPass(features, beside, finetune, 100, "seed")
    )
    assert seen_windows == 4 * features.annotated[: features.clips[1].stop].sum()


def test_in_some_steps_the_domain_follows_noise(features, finetune):
    """Of as many windows in all: steps differ in the number of rows."""
    noise = Rehearsal(NOISE, features.with_targets(np.full(1500, 0.25, np.float32)), 4.0)
    batches = list(TrainingPass(features, [noise], finetune, 100, "seed"))
    rows = [len(batch.targets) for batch in batches]
    assert set(rows[:-1]) == {finetune.batch_size, 2 * finetune.batch_size}
    for batch in batches:
        is_noise = batch.targets == 0.25
        assert batch.weights[is_noise].sum().item() == pytest.approx(4, abs=TOLERANCE)
        assert batch.weights[~is_noise].sum().item() == pytest.approx(1, abs=TOLERANCE)


def test_what_follows_begins_in_the_state_that_noise_left(published, features):
    noise = batch_of(features, [[Span(0, 70)], [Span(300, 310)]])
    own = batch_of(features, [[Span(310, 400)], [Span(900, 950), Span(950, 960)]])
    batch = following(noise, 4.0, own)
    assert batch.lengths == [[160], [60, 10]]
    logits = published.sequence_logits(batch.features, 4, lengths=batch.lengths)
    whole = torch.from_numpy(np.array(features.values))
    for row, spans in enumerate(([(0, 70), (310, 400)], [(300, 310), (900, 950)])):
        state, expected = None, []
        for first, last in spans:
            part, state = published.decode(whole[None, first:last, :, 0], state)
            expected.append(part[0])
        count = sum(last - first for first, last in spans)
        torch.testing.assert_close(logits[row, :count], torch.cat(expected))
    alone, _ = published.decode(whole[None, 950:960, :, 0])
    torch.testing.assert_close(logits[1, 60:70], alone[0])


def test_the_order_is_drawn_by_the_seed(features, finetune):
    one, again, other = (
        torch.cat([b.targets.flatten() for b in TrainingPass(features, [], finetune, 100, s)])
        for s in (1, 1, 2)
    )
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_parts_hold_the_batch_in_order(features):
    batch = batch_of(features, one_a_row(features.sequences(100)))
    parts = batch.parts(4)
    assert max(len(part.targets) for part in parts) == 4
    assert torch.equal(torch.cat([part.features for part in parts]), batch.features)


def test_a_pass_has_as_many_steps_whatever_the_lengths_of_the_clips(features, finetune):
    edges = range(0, 1501, 10)
    short = replace(features, clips=[Span(*pair) for pair in itertools.pairwise(edges)])
    one = replace(features, clips=[Span(0, 1500)])
    counts = [len(TrainingPass(clips, [], finetune, 100, "seed")) for clips in (short, one)]
    assert counts == [5, 5]


def test_rows_are_filled_in_order_and_never_beyond_their_length():
    spans = [Span(0, 40), Span(40, 100), Span(100, 101), Span(200, 300), Span(300, 350)]
    assert list(joined(spans, 100)) == [spans[:2], spans[2:3], spans[3:4], spans[4:]]
    assert list(joined([], 100)) == []
