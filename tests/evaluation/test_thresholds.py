import numpy as np
import pytest

from tests.scored import GEOMETRY
from vad.evaluation.detection import time_counts
from vad.evaluation.metrics import ratio
from vad.evaluation.segments import speech_segments
from vad.evaluation.thresholds import (
    THRESHOLDS,
    criterion_loss,
    option_grid,
    try_options,
    try_thresholds,
)


def one_by_one(clips, options):
    """Seconds of speech, of the rest, missed and falsely found, clip by clip."""
    return sum(
        time_counts(
            scored.clip.speech,
            scored.clip.annotated,
            speech_segments(
                scored.probabilities["finetuned"], len(scored.clip.samples), GEOMETRY, options
            ),
            GEOMETRY.sample_rate,
        )["time"]
        for scored in clips
    )


def test_all_options_at_once_are_each_alone(clips):
    trials, grid = try_options(clips, "finetuned", GEOMETRY, 30), option_grid(30)
    assert len(grid) == 190 * 16
    for place in np.random.default_rng(0).choice(len(grid), 60, replace=False):
        speech, nonspeech, miss, false_alarm = one_by_one(clips, grid[place]) * 16000
        assert (trials.speech, trials.nonspeech) == pytest.approx((speech, nonspeech))
        assert trials.miss[place] == pytest.approx(miss, abs=1e-3)
        assert trials.false_alarm[place] == pytest.approx(false_alarm, abs=1e-3)


def test_window_thresholds_by_definition(clips):
    trials = try_thresholds(clips, "published")
    speech = np.concatenate([clip.speech for clip in clips])
    values = np.concatenate([clip.probabilities["published"] for clip in clips])
    for threshold, miss, false_alarm in zip(
        THRESHOLDS, trials.miss, trials.false_alarm, strict=True
    ):
        assert miss == np.sum(speech & (values < threshold))
        assert false_alarm == np.sum(~speech & (values >= threshold))


def test_where_no_choice_is_within_the_rate_the_lowest_one_wins(clips, settings):
    trials = try_thresholds(clips, "published")
    wanted = settings(criterion="false_alarm_rate", criterion_false_alarm_rate=-1.0)
    rates = ratio(trials.false_alarm, trials.nonspeech)
    assert np.argmin(criterion_loss(trials, wanted)) == np.argmin(rates)


def test_trials_add_up_and_are_taken_away(clips):
    parts = [try_options(part, "finetuned", GEOMETRY, 30) for part in (clips[:2], clips[2:])]
    whole = try_options(clips, "finetuned", GEOMETRY, 30)
    together = parts[0].plus(parts[1])
    for name in ("miss", "false_alarm", "speech", "nonspeech"):
        np.testing.assert_allclose(getattr(together, name), getattr(whole, name))
        np.testing.assert_allclose(
            getattr(whole.plus(parts[1], -1), name), getattr(parts[0], name), atol=1e-6
        )
