"""The whole evaluation of a few clips: what stands in it, and the curve at equal false alarms."""

from dataclasses import replace

import numpy as np
import pytest

from tests.scored import GEOMETRY, kept_part, scored_clip
from vad.evaluation.choices import Choice
from vad.evaluation.curves import EQUAL_RATES
from vad.evaluation.results import measure, most_gained, most_lost
from vad.evaluation.scoring import MODELS
from vad.evaluation.segments import OperatingPoint, VadOptions


@pytest.fixture(scope="module")
def clips():
    calls = [scored_clip(f"r{number}", seconds=30.0) for number in range(6)]
    return [
        *calls,
        *(scored_clip(f"n{number}", "street", "noise", seconds=60) for number in range(6)),
    ]


@pytest.fixture
def results(clips, params, tmp_path):
    usual = OperatingPoint(0.5, VadOptions(0.5, 0.35, 250, 100, 30))
    choices = {model: Choice(usual, usual, is_clear=False) for model in MODELS}
    return measure([kept_part(tmp_path, clips)], GEOMETRY, choices, params.evaluate, seed=1)


def test_recordings_of_each_domain_are_counted(results):
    assert results.domain_recordings == {"calls": 6}
    assert len(results.recordings) == 12


@pytest.mark.parametrize("model", MODELS)
def test_misses_at_equal_false_alarms_are_those_of_single_windows(clips, results, model):
    points = results.curves["equal_false_alarms"]
    points = points[points["model"] == model]
    assert len(points) > 5
    noise = np.concatenate([c.probabilities[model] for c in clips if c.clip.role == "noise"])
    spoken = np.concatenate([c.probabilities[model][c.speech] for c in clips])
    for share, miss_rate in points[["noise_share", "miss_rate"]].to_numpy():
        assert EQUAL_RATES[0] <= share <= EQUAL_RATES[1]
        # Thresholds that let exactly this share pass lie between two scores of noise.
        passing = np.sort(noise)[::-1][: round(share * len(noise)) + 1]
        lowest, highest = np.mean(spoken < passing[-1]), np.mean(spoken < passing[-2])
        assert lowest - 1e-9 <= miss_rate <= highest + 1e-9


def test_metrics_at_equal_false_alarms_are_on_that_curve(results):
    table = results.table.set_index(["section", "name", "metric"])
    better = table.loc[("domain", "calls", "f1_at_3_in_1000")]
    assert better["finetuned"] > better["published"]
    assert ("noise", "street", "f1_at_3_in_1000") not in table.index


def test_without_noise_there_is_nothing_at_equal_false_alarms(clips, params, tmp_path):
    usual = OperatingPoint(0.5, VadOptions(0.5, 0.35, 250, 100, 30))
    choices = {model: Choice(usual, usual, is_clear=False) for model in MODELS}
    parts = [kept_part(tmp_path, clips[:6])]
    results = measure(parts, GEOMETRY, choices, params.evaluate, seed=1)
    assert not results.curves["equal_false_alarms"].size
    assert not results.table["metric"].str.contains("in_1000").any()


def test_a_rendition_has_the_errors_of_its_comparison(results):
    for one in results.renditions:
        detail = one.comparison
        assert (detail.corpus, detail.name, detail.condition) == (one.corpus, one.name, "clean")
        assert detail.sample_count == one.length
        assert {model: detail.error_samples(model) for model in MODELS} == dict(one.errors)


def test_the_largest_differences_come_first(results):
    gained, lost = most_gained(results.renditions), most_lost(results.renditions)
    every = sorted(one.gained_samples for one in results.renditions)
    assert [one.gained_samples for one in gained] == [x for x in every[::-1][:3] if x > 0]
    assert [one.gained_samples for one in lost] == [x for x in every[:3] if x < 0]
    assert gained


@pytest.mark.parametrize("cuts", [(3, 8), (1, 2, 9)])
def test_parts_give_the_results_of_the_whole(clips, results, params, tmp_path, cuts):
    """Bytes, though the recordings are counted in other files."""
    numbers = np.split(np.arange(len(clips)), cuts)
    parts = [
        replace(kept_part(tmp_path, [clips[number] for number in of]), rows=of) for of in numbers
    ]
    again = measure(parts, GEOMETRY, results.choices, params.evaluate, seed=1)
    assert again.table.to_csv() == results.table.to_csv()
    for name, curve in results.curves.items():
        assert again.curves[name].to_csv() == curve.to_csv()
    assert [one.name for one in again.renditions] == [one.name for one in results.renditions]
