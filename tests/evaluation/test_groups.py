"""Groups of recordings: each metric of a group is that of its clips put one after another."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, roc_auc_score

from tests.scored import GEOMETRY, kept_part, scored_clip
from vad.evaluation.counts import count
from vad.evaluation.detection import time_counts, time_metrics
from vad.evaluation.groups import COLUMNS, evaluation_table, groups_of
from vad.evaluation.scoring import MODELS
from vad.evaluation.segments import OperatingPoint, VadOptions, speech_segments
from vad.prepared import CLEAN

POINTS = {
    "": OperatingPoint(0.5, VadOptions(0.5, 0.35, 250, 100, 30)),
    "_chosen": OperatingPoint(0.3, VadOptions(0.3, 0.2, 0, 250, 30)),
}
# Areas in bins against those of single windows, of which the smallest group has 375.
TOLERANCE = 2e-4


@pytest.fixture(scope="module")
def clips():
    """Six calls, the last in two blocks, each also in noise; a meeting; six noises."""
    calls = [{"name": f"r{number}"} for number in range(6)] + [{"name": "r5", "block": 1}]
    return [
        *(scored_clip(**call, condition=name) for name in (CLEAN, "snr_5_db") for call in calls),
        scored_clip("m0", "meetings"),
        *(scored_clip(f"n{number}", "street", "noise") for number in range(6)),
    ]


def count_scored(clips, folder):
    return count([kept_part(folder, clips)], GEOMETRY, dict.fromkeys(MODELS, POINTS))


@pytest.fixture(scope="module")
def counted(clips, tmp_path_factory):
    return count_scored(clips, tmp_path_factory.mktemp("counts"))


@pytest.fixture(scope="module")
def table(counted):
    return evaluation_table(counted, 200, seed=1)


GROUPS = {
    ("all", ""): lambda clip: True,  # noqa: ARG005
    ("domain", "calls"): lambda clip: clip.corpus == "calls" and clip.condition == CLEAN,
    ("domain", "meetings"): lambda clip: clip.corpus == "meetings",
    ("noise", "street"): lambda clip: clip.role == "noise",
    ("condition", CLEAN): lambda clip: clip.role == "speech" and clip.condition == CLEAN,
    ("condition", "snr_5_db"): lambda clip: clip.condition == "snr_5_db",
}


def values_of(table, section, name):
    rows = table[(table["section"] == section) & (table["name"] == name)]
    assert not rows["metric"].duplicated().any()
    return rows.set_index("metric")


def test_groups_are_those_that_are_there(table):
    assert list(table.columns) == list(COLUMNS)
    assert dict.fromkeys(zip(table["section"], table["name"], strict=True)) == dict.fromkeys(GROUPS)


@pytest.mark.parametrize("group", [group for group in GROUPS if group[0] != "noise"])
@pytest.mark.parametrize("model", MODELS)
def test_a_group_is_its_clips_one_after_another(clips, table, group, model):
    members = [scored for scored in clips if GROUPS[group](scored.clip)]
    values = values_of(table, *group)[model]
    speech = np.concatenate([scored.speech for scored in members])
    probabilities = np.concatenate([scored.probabilities[model] for scored in members])
    assert values["roc_auc"] == pytest.approx(roc_auc_score(speech, probabilities), abs=TOLERANCE)
    for suffix, point in POINTS.items():
        expected = f1_score(speech, probabilities >= point.window_threshold)
        assert values[f"f1{suffix}"] == pytest.approx(expected, abs=1e-9)
        time = sum(time_of(scored, model, point.options) for scored in members)
        for name, value in time_metrics({"time": time, "time_collar": time}).items():
            if "collar" not in name:
                assert values[f"{name}{suffix}"] == pytest.approx(value, abs=1e-6)


def time_of(scored, model, options):
    clip = scored.clip
    segments = speech_segments(scored.probabilities[model], len(clip.samples), GEOMETRY, options)
    return time_counts(clip.speech, clip.annotated, segments, GEOMETRY.sample_rate)["time"]


def test_noise_has_no_hits_and_recordings_that_stay_silent(table):
    values = values_of(table, "noise", "street")
    assert {"false_alarm_rate", "false_runs_per_hour", "silent_share"} <= set(values.index)
    assert not {"roc_auc", "f1", "recall", "detection_cost"} & set(values.index)
    assert set(6 * values.loc["silent_share", list(MODELS)]) <= {0, 1, 2, 3, 4, 5, 6}


def test_differences_are_tuned_minus_published(table):
    np.testing.assert_allclose(table["difference"], table["finetuned"] - table["published"])


def test_intervals_need_recordings(table):
    """A meeting alone has none, nor has all of them with a meeting; six calls have."""
    assert values_of(table, "domain", "meetings")[["low", "high"]].isna().all(axis=None)
    calls = values_of(table, "domain", "calls")
    assert (calls["low"] <= calls["high"]).all()
    gain = calls.loc["roc_auc"]
    assert 0 < gain["low"] < gain["difference"] < gain["high"]


def test_blocks_are_one_recording(counted):
    groups = {(group.section, group.name): group for group in groups_of(counted)}
    assert len(groups["domain", "calls"].roles) == 6
    assert groups["domain", "calls"].counts("published").counts.shape[0] == 6
    assert sorted(groups["all", ""].roles) == [0] * 6 + [1] * 7


def test_equal_seeds_give_equal_tables(counted, table):
    assert evaluation_table(counted, 200, seed=1).equals(table)
    assert not evaluation_table(counted, 200, seed=2).equals(table)


def test_a_group_alone_does_not_move_the_draws_of_others(clips, table, tmp_path):
    """Draws are seeded by section and name."""
    some = [scored for scored in clips if scored.clip.corpus != "meetings"]
    again = evaluation_table(count_scored(some, tmp_path), 200, seed=1)
    assert values_of(again, "domain", "calls").equals(values_of(table, "domain", "calls"))
