"""The chosen operating point is the best by its criterion, and recommended only if clearly so."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from ruamel.yaml import YAML
from silero_vad import get_speech_timestamps

from tests.evaluation.test_thresholds import one_by_one
from tests.scored import GEOMETRY, Told, kept_part, scored_clip
from vad.evaluation.choices import (
    FOLDS,
    Choice,
    Selected,
    choose_points,
    errors_of_part,
    in_folds,
    write_thresholds,
)
from vad.evaluation.scoring import MODELS
from vad.evaluation.segments import OperatingPoint, VadOptions, speech_segments
from vad.evaluation.thresholds import (
    THRESHOLDS,
    option_grid,
    try_options,
    try_thresholds,
    usual_point,
)

OTHER = VadOptions(0.6, 0.45, 100, 250, 30)


def choose(clips, params):
    return choose_points([kept_part(Path(), clips)], GEOMETRY, params, seed=1)


def best_point(clips, model, params):
    return choose(clips, params)[model].best


def test_f1_is_what_it_is_best_at(clips, settings):
    options = best_point(clips, "finetuned", settings(criterion="f1")).options

    def f1(choice):
        speech, _, miss, false_alarm = one_by_one(clips, choice)
        return 2 * (speech - miss) / (2 * (speech - miss) + miss + false_alarm)

    assert all(f1(options) >= f1(choice) - 1e-9 for choice in option_grid(30)[::97])
    assert f1(options) > f1(usual_point(settings()).options)


def test_a_dear_miss_lowers_the_threshold(clips, settings):
    cheap, dear = (
        best_point(
            clips,
            "finetuned",
            settings(criterion="detection_cost", criterion_miss_weight=weight),
        )
        for weight in (0.05, 0.95)
    )
    assert dear.window_threshold < cheap.window_threshold
    assert one_by_one(clips, dear.options)[2] < one_by_one(clips, cheap.options)[2]


@pytest.mark.parametrize("largest", [0.01, 0.05, 0.3])
def test_a_largest_false_alarm_rate_is_kept(clips, settings, largest):
    wanted = settings(criterion="false_alarm_rate", criterion_false_alarm_rate=largest)
    chosen = best_point(clips, "published", wanted)
    trials = try_thresholds(clips, "published")
    kept = trials.false_alarm / trials.nonspeech <= largest
    assert chosen.window_threshold == min(THRESHOLDS[kept])
    trials = try_options(clips, "published", GEOMETRY, 30)
    place = option_grid(30).index(chosen.options)
    kept = trials.false_alarm / trials.nonspeech <= largest
    assert kept[place]
    assert trials.miss[place] == trials.miss[kept].min()


@pytest.mark.parametrize("criterion", ["f1", "detection_cost", "false_alarm_rate"])
def test_equals_are_settled_for_the_usual_rule(settings, criterion):
    """A model that is sure of everything: each threshold does the same."""
    clip = scored_clip("sure")
    values = dict.fromkeys(MODELS, clip.speech.astype(np.float32))
    sure = dataclasses.replace(clip, probabilities=values)
    chosen = best_point([sure], "finetuned", settings(criterion=criterion))
    assert (chosen.window_threshold, chosen.options.threshold) == (0.5, 0.5)
    assert chosen.options.neg_threshold == 0.35


def test_a_split_without_silence_has_a_choice(settings):
    clip = scored_clip("talk")
    clip.clip.speech[:] = clip.clip.annotated
    talk = dataclasses.replace(clip, speech=np.ones_like(clip.speech))
    for criterion in ("f1", "detection_cost", "false_alarm_rate"):
        chosen = best_point([talk], "published", settings(criterion=criterion))
        assert chosen.window_threshold == THRESHOLDS[0]
        trials = try_options([talk], "published", GEOMETRY, 30)
        assert trials.miss[option_grid(30).index(chosen.options)] == trials.miss.min()


def shy_clips(count, logit_shift):
    """Recordings that a model scores too low by a constant."""
    shy = []
    for number in range(count):
        scored = scored_clip(f"r{number}")
        values = np.log(scored.probabilities["finetuned"] / (1 - scored.probabilities["finetuned"]))
        lower = (1 / (1 + np.exp(logit_shift - values))).astype(np.float32)
        shy.append(dataclasses.replace(scored, probabilities=dict.fromkeys(MODELS, lower)))
    return shy


@pytest.mark.parametrize(
    ("count", "logit_shift", "is_clear"), [(12, 3.0, True), (12, 0.0, False), (4, 3.0, False)]
)
def test_others_are_recommended_only_where_they_are_clearly_better(
    settings, count, logit_shift, is_clear
):
    choice = choose(shy_clips(count, logit_shift), settings())["finetuned"]
    assert choice.is_clear == is_clear
    expected = choice.best if is_clear else usual_point(settings())
    assert choice.recommended == expected.options
    assert (choice.best.options.threshold < 0.5) == (logit_shift > 0)


def test_recordings_are_spread_over_the_folds(clips):
    """Blocks of one are in its fold, whatever the parts."""
    blocks = [scored_clip("long", block=number) for number in range(3)]
    folds = in_folds([kept_part(Path(), clips), kept_part(Path(), blocks)])
    assert set(folds) == {one.recording for one in [*clips, *blocks]}
    assert sorted(folds.values()) == [0, 0, 1, 2, 3, 4]


def test_errors_of_a_recording_are_those_of_its_clips(clips):
    blocks = [scored_clip("long", block=number) for number in range(3)]
    part = kept_part(Path(), [*clips, *blocks])
    usual = VadOptions(0.5, 0.35, 250, 100, 30)
    rest = [usual if fold % 2 else OTHER for fold in range(FOLDS)]
    selected = {"finetuned": Selected(OperatingPoint(0.5, usual), rest)}
    folds = in_folds([part])
    errors = errors_of_part(part, folds, GEOMETRY, selected, usual)["finetuned"]
    assert set(errors) == set(folds)
    for recording, (chosen, before) in errors.items():
        own = [one for one in part.scored if one.recording == recording]
        np.testing.assert_allclose(chosen, one_by_one(own, rest[folds[recording]]))
        np.testing.assert_allclose(before, one_by_one(own, usual))


def test_the_choice_does_not_depend_on_the_parts(settings):
    clips = shy_clips(12, 3.0)
    parts = [kept_part(Path(), clips[start : start + 5]) for start in (0, 5, 10)]
    assert choose_points(parts, GEOMETRY, settings(), seed=1) == choose(clips, settings())


def test_the_file_has_the_arguments_of_get_speech_timestamps(tmp_path, clips, settings):
    usual = usual_point(settings())
    choices = choose(clips, settings())
    choices["finetuned"] = Choice(OperatingPoint(0.4, OTHER), usual, is_clear=True)
    path = tmp_path / "thresholds.yaml"
    write_thresholds(path, choices, "f1")
    written = YAML(typ="safe").load(path)["thresholds"]
    assert written == {
        "published": dataclasses.asdict(usual.options),
        "finetuned": dataclasses.asdict(OTHER),
    }
    assert "Chosen on the validation split by f1" in path.read_text()
    values, count = clips[0].probabilities["finetuned"], len(clips[0].clip.samples)
    segments = get_speech_timestamps(torch.zeros(count), Told(values), **written["finetuned"])
    expected = speech_segments(values, count, GEOMETRY, OTHER)
    assert [[segment["start"], segment["end"]] for segment in segments] == expected.tolist()
