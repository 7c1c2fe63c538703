import dataclasses

import numpy as np
import pytest
import torch
from ruamel.yaml import YAML
from silero_vad import get_speech_timestamps

from tests.scored import GEOMETRY, Told, scored_clip
from vad.evaluation.detection import time_counts
from vad.evaluation.metrics import ratio
from vad.evaluation.segments import speech_segments
from vad.evaluation.thresholds import (
    THRESHOLDS,
    chosen_point,
    criterion_loss,
    try_options,
    try_thresholds,
    usual_point,
    write_options,
)


@pytest.fixture(scope="module")
def clips():
    speech = [scored_clip(f"r{number}") for number in range(4)]
    return [*speech, scored_clip("street", "noise", "noise")]


@pytest.fixture
def settings(params):
    def of(**changes):
        return params.evaluate.model_copy(update=changes)

    return of


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


def test_all_rules_at_once_are_each_alone(clips):
    trials = try_options(clips, "finetuned", GEOMETRY, 30)
    assert len(trials.choices) == 190 * 16
    for place in np.random.default_rng(0).choice(len(trials.choices), 60, replace=False):
        speech, nonspeech, miss, false_alarm = one_by_one(clips, trials.choices[place]) * 16000
        assert (trials.speech, trials.nonspeech) == pytest.approx((speech, nonspeech))
        assert trials.miss[place] == pytest.approx(miss, abs=1e-3)
        assert trials.false_alarm[place] == pytest.approx(false_alarm, abs=1e-3)


def test_window_thresholds_by_definition(clips):
    trials = try_thresholds(clips, "published")
    speech = np.concatenate([clip.speech for clip in clips])
    values = np.concatenate([clip.probabilities["published"] for clip in clips])
    for threshold, miss, false_alarm in zip(
        trials.choices, trials.miss, trials.false_alarm, strict=True
    ):
        assert miss == np.sum(speech & (values < threshold))
        assert false_alarm == np.sum(~speech & (values >= threshold))


def test_f1_is_what_it_is_best_at(clips, settings):
    options = chosen_point(clips, "finetuned", GEOMETRY, settings(criterion="f1")).options

    def f1(choice):
        speech, _, miss, false_alarm = one_by_one(clips, choice)
        return 2 * (speech - miss) / (2 * (speech - miss) + miss + false_alarm)

    choices = try_options(clips, "finetuned", GEOMETRY, 30).choices[::97]
    assert all(f1(options) >= f1(choice) - 1e-9 for choice in choices)
    assert f1(options) > f1(usual_point(settings()).options)


def test_a_dear_miss_lowers_the_threshold(clips, settings):
    cheap, dear = (
        chosen_point(
            clips,
            "finetuned",
            GEOMETRY,
            settings(criterion="detection_cost", criterion_miss_weight=weight),
        )
        for weight in (0.05, 0.95)
    )
    assert dear.window_threshold < cheap.window_threshold
    assert one_by_one(clips, dear.options)[2] < one_by_one(clips, cheap.options)[2]


@pytest.mark.parametrize("largest", [0.01, 0.05, 0.3])
def test_a_largest_false_alarm_rate_is_kept(clips, settings, largest):
    wanted = settings(criterion="false_alarm_rate", criterion_false_alarm_rate=largest)
    chosen = chosen_point(clips, "published", GEOMETRY, wanted)
    trials = try_thresholds(clips, "published")
    kept = trials.false_alarm / trials.nonspeech <= largest
    assert chosen.window_threshold == min(np.array(trials.choices)[kept])
    trials = try_options(clips, "published", GEOMETRY, 30)
    place = trials.choices.index(chosen.options)
    kept = trials.false_alarm / trials.nonspeech <= largest
    assert kept[place]
    assert trials.miss[place] == trials.miss[kept].min()


def test_where_no_rule_keeps_the_rate_the_lowest_one_wins(clips, settings):
    trials = try_thresholds(clips, "published")
    wanted = settings(criterion="false_alarm_rate", criterion_false_alarm_rate=-1.0)
    rates = ratio(trials.false_alarm, trials.nonspeech)
    assert np.argmin(criterion_loss(trials, wanted)) == np.argmin(rates)


@pytest.mark.parametrize("criterion", ["f1", "detection_cost", "false_alarm_rate"])
def test_equals_are_settled_for_the_usual_rule(settings, criterion):
    """A model that is sure of everything: each threshold does the same."""
    clip = scored_clip("sure")
    sure = dataclasses.replace(clip, probabilities={"finetuned": clip.speech.astype(np.float32)})
    chosen = chosen_point([sure], "finetuned", GEOMETRY, settings(criterion=criterion))
    assert (chosen.window_threshold, chosen.options.threshold) == (0.5, 0.5)
    assert chosen.options.neg_threshold == 0.35


def test_a_split_without_silence_has_a_choice(settings):
    clip = scored_clip("talk")
    clip.clip.speech[:] = clip.clip.annotated
    talk = dataclasses.replace(clip, speech=np.ones_like(clip.speech))
    for criterion in ("f1", "detection_cost", "false_alarm_rate"):
        chosen = chosen_point([talk], "published", GEOMETRY, settings(criterion=criterion))
        assert chosen.window_threshold == THRESHOLDS[0]
        trials = try_options([talk], "published", GEOMETRY, 30)
        assert trials.miss[trials.choices.index(chosen.options)] == trials.miss.min()


def test_the_file_is_arguments_of_get_speech_timestamps(tmp_path, clips, settings):
    options = chosen_point(clips, "finetuned", GEOMETRY, settings()).options
    write_options(tmp_path / "thresholds.yaml", options, "f1")
    arguments = YAML(typ="safe").load(tmp_path / "thresholds.yaml")
    assert arguments == dataclasses.asdict(options)
    values, count = clips[0].probabilities["finetuned"], len(clips[0].clip.samples)
    found = get_speech_timestamps(torch.zeros(count), Told(values), **arguments)
    expected = speech_segments(values, count, GEOMETRY, options)
    assert [[segment["start"], segment["end"]] for segment in found] == expected.tolist()
