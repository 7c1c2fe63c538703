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
    choose_decision,
    criterion_loss,
    try_rules,
    try_thresholds,
    usual_decision,
    write_rule,
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


def one_by_one(clips, rule):
    """Seconds of speech, of the rest, missed and falsely found, clip by clip."""
    return sum(
        time_counts(
            scored.clip.speech,
            scored.clip.annotated,
            speech_segments(
                scored.probabilities["finetuned"], len(scored.clip.samples), GEOMETRY, rule
            ),
            GEOMETRY.sample_rate,
        )["time"]
        for scored in clips
    )


def test_all_rules_at_once_are_each_alone(clips):
    tried = try_rules(clips, "finetuned", GEOMETRY, 30)
    assert len(tried.choices) == 190 * 16
    for place in np.random.default_rng(0).choice(len(tried.choices), 60, replace=False):
        speech, nonspeech, miss, false_alarm = one_by_one(clips, tried.choices[place]) * 16000
        assert (tried.speech, tried.nonspeech) == pytest.approx((speech, nonspeech))
        assert tried.miss[place] == pytest.approx(miss, abs=1e-3)
        assert tried.false_alarm[place] == pytest.approx(false_alarm, abs=1e-3)


def test_window_thresholds_by_definition(clips):
    tried = try_thresholds(clips, "published")
    speech = np.concatenate([clip.speech for clip in clips])
    values = np.concatenate([clip.probabilities["published"] for clip in clips])
    for threshold, miss, false_alarm in zip(
        tried.choices, tried.miss, tried.false_alarm, strict=True
    ):
        assert miss == np.sum(speech & (values < threshold))
        assert false_alarm == np.sum(~speech & (values >= threshold))


def test_f1_is_what_it_is_best_at(clips, settings):
    rule = choose_decision(clips, "finetuned", GEOMETRY, settings(criterion="f1")).rule

    def f1(rule):
        speech, _, miss, false_alarm = one_by_one(clips, rule)
        return 2 * (speech - miss) / (2 * (speech - miss) + miss + false_alarm)

    others = try_rules(clips, "finetuned", GEOMETRY, 30).choices[::97]
    assert all(f1(rule) >= f1(other) - 1e-9 for other in others)
    assert f1(rule) > f1(usual_decision(settings()).rule)


def test_a_dear_miss_lowers_the_threshold(clips, settings):
    cheap, dear = (
        choose_decision(
            clips,
            "finetuned",
            GEOMETRY,
            settings(criterion="detection_cost", criterion_miss_weight=weight),
        )
        for weight in (0.05, 0.95)
    )
    assert dear.window_threshold < cheap.window_threshold
    assert one_by_one(clips, dear.rule)[2] < one_by_one(clips, cheap.rule)[2]


@pytest.mark.parametrize("largest", [0.01, 0.05, 0.3])
def test_a_largest_false_alarm_rate_is_kept(clips, settings, largest):
    wanted = settings(criterion="false_alarm_rate", criterion_false_alarm_rate=largest)
    chosen = choose_decision(clips, "published", GEOMETRY, wanted)
    tried = try_thresholds(clips, "published")
    kept = tried.false_alarm / tried.nonspeech <= largest
    assert chosen.window_threshold == min(np.array(tried.choices)[kept])
    tried = try_rules(clips, "published", GEOMETRY, 30)
    place = tried.choices.index(chosen.rule)
    kept = tried.false_alarm / tried.nonspeech <= largest
    assert kept[place]
    assert tried.miss[place] == tried.miss[kept].min()


def test_where_no_rule_keeps_the_rate_the_lowest_one_wins(clips, settings):
    tried = try_thresholds(clips, "published")
    wanted = settings(criterion="false_alarm_rate", criterion_false_alarm_rate=-1.0)
    rates = ratio(tried.false_alarm, tried.nonspeech)
    assert np.argmin(criterion_loss(tried, wanted)) == np.argmin(rates)


@pytest.mark.parametrize("criterion", ["f1", "detection_cost", "false_alarm_rate"])
def test_equals_are_settled_for_the_usual_rule(settings, criterion):
    """A model that is sure of everything: each threshold does the same."""
    clip = scored_clip("sure")
    sure = dataclasses.replace(clip, probabilities={"finetuned": clip.speech.astype(np.float32)})
    chosen = choose_decision([sure], "finetuned", GEOMETRY, settings(criterion=criterion))
    assert (chosen.window_threshold, chosen.rule.threshold) == (0.5, 0.5)
    assert chosen.rule.neg_threshold == 0.35


def test_a_split_without_silence_has_a_choice(settings):
    clip = scored_clip("talk")
    clip.clip.speech[:] = clip.clip.annotated
    talk = dataclasses.replace(clip, speech=np.ones_like(clip.speech))
    for criterion in ("f1", "detection_cost", "false_alarm_rate"):
        chosen = choose_decision([talk], "published", GEOMETRY, settings(criterion=criterion))
        assert chosen.window_threshold == THRESHOLDS[0]
        tried = try_rules([talk], "published", GEOMETRY, 30)
        assert tried.miss[tried.choices.index(chosen.rule)] == tried.miss.min()


def test_the_file_is_arguments_of_get_speech_timestamps(tmp_path, clips, settings):
    rule = choose_decision(clips, "finetuned", GEOMETRY, settings()).rule
    write_rule(tmp_path / "thresholds.yaml", rule, "f1")
    arguments = YAML(typ="safe").load(tmp_path / "thresholds.yaml")
    assert arguments == dataclasses.asdict(rule)
    values, count = clips[0].probabilities["finetuned"], len(clips[0].clip.samples)
    found = get_speech_timestamps(torch.zeros(count), Told(values), **arguments)
    expected = speech_segments(values, count, GEOMETRY, rule)
    assert [[segment["start"], segment["end"]] for segment in found] == expected.tolist()
