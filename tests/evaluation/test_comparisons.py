"""Where models are wrong, against one flag for each sample; which recordings are shown."""

from dataclasses import replace

import numpy as np
import pytest

from tests.scored import GEOMETRY, scored_clip
from vad.evaluation.comparisons import Excerpt, comparisons
from vad.evaluation.scoring import MODELS, detect
from vad.evaluation.segments import OperatingPoint, VadOptions, speech_segments
from vad.intervals import to_mask, total

OPTIONS = VadOptions(0.5, 0.35, 250, 100, 30)
POINTS = {model: {"": OperatingPoint(0.5, OPTIONS)} for model in MODELS}


@pytest.fixture(scope="module")
def recordings():
    clips = [
        *(scored_clip(f"r{number}", seconds=40.0) for number in range(5)),
        scored_clip("r0", condition="snr_5_db"),
        scored_clip("long", seconds=9.6, block=1),
        scored_clip("long", seconds=19.2, block=0),
        scored_clip("n0", role="noise"),
    ]
    return comparisons([detect(clip, GEOMETRY, POINTS) for clip in clips])


def test_a_recording_in_a_condition_is_one_of_its_own(recordings):
    names = [(one.name, one.condition) for one in recordings]
    clean = [(name, "clean") for name in ("r0", "r1", "r2", "r3", "r4")]
    assert names == [*clean, ("r0", "snr_5_db"), ("long", "clean"), ("n0", "clean")]


def test_blocks_are_put_together_in_order(recordings):
    long = next(one for one in recordings if one.name == "long")
    first, second = (block.clip for block in long.blocks)
    assert (first.block, second.block) == (0, 1)
    assert long.sample_count == len(first.samples) + len(second.samples)
    held = np.append(to_mask(first.speech, len(first.samples)), to_mask(second.speech, 153600))
    np.testing.assert_array_equal(to_mask(long.speech, long.sample_count), held)
    for model in MODELS:
        scores = [block.scored.probabilities[model] for block in long.blocks]
        lengths = [len(block.clip.samples) for block in long.blocks]
        masks = [
            to_mask(speech_segments(values, length, GEOMETRY, OPTIONS), length)
            for values, length in zip(scores, lengths, strict=True)
        ]
        joined = np.concatenate(masks)
        np.testing.assert_array_equal(to_mask(long.segments[model], long.sample_count), joined)
        assert total(long.errors[model]) == np.count_nonzero(joined != held)


def test_an_excerpt_holds_most_of_the_difference(recordings):
    longest, step = 10 * 16000, 16000
    for one in recordings[:5]:
        wrong = [to_mask(one.errors[model], one.sample_count).astype(int) for model in MODELS]
        gain = np.append(0, np.cumsum(wrong[0] - wrong[1]))
        excerpt = one.excerpt(longest, step)
        starts = np.arange(0, one.sample_count - longest + 1, step)
        expected = np.max((gain[starts + longest] - gain[starts]) * np.sign(one.gained_samples))
        found_gain = (gain[excerpt.end] - gain[excerpt.start]) * np.sign(one.gained_samples)
        assert found_gain == expected
        assert excerpt.end - excerpt.start == longest


def test_a_short_recording_is_shown_whole(recordings):
    assert recordings[0].excerpt(10**9, 16000) == (0, recordings[0].sample_count)


@pytest.mark.parametrize("excerpt", [(0, 460800), (10, 20), (307000, 307300), (307200, 460800)])
def test_the_samples_of_an_excerpt_are_those_of_the_whole(recordings, excerpt):
    long = next(one for one in recordings if one.name == "long")
    blocks = [
        replace(block, scored=replace(block.scored, clip=replace(block.clip, samples=samples)))
        for block, samples in zip(long.blocks, np.split(np.arange(460800), [307200]), strict=True)
    ]
    samples = replace(long, blocks=blocks).samples(Excerpt(*excerpt))
    np.testing.assert_array_equal(samples, np.arange(*excerpt))
