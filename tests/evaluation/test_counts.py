"""Counts of a part: what its file has, and the windows that are pooled over parts."""

import numpy as np
import pytest

from tests.scored import GEOMETRY, kept_part, scored_clip
from vad.evaluation.counts import RENDITION, count, read_counts
from vad.evaluation.scoring import MODELS, STREAM
from vad.evaluation.segments import OperatingPoint, VadOptions
from vad.prepared import CLEAN

USUAL = OperatingPoint(0.5, VadOptions(0.5, 0.35, 250, 100, 30))
POINTS = {model: {"": USUAL} for model in MODELS}
POOLED = {
    "all": lambda clip: clip.condition != STREAM,
    "noise": lambda clip: clip.role == "noise",
    "domain": lambda clip: clip.role == "speech" and clip.condition == CLEAN,
}


@pytest.fixture(scope="module")
def clips():
    return [
        scored_clip("n0", "street", "noise"),
        scored_clip("r0"),
        scored_clip("r0", condition="snr_5_db"),
        scored_clip("r1"),
        scored_clip("r0", block=1),
    ]


@pytest.fixture(scope="module")
def parts(clips, tmp_path_factory):
    folder = tmp_path_factory.mktemp("counts")
    stream = [scored_clip("r1", condition=STREAM), scored_clip("r0", condition=STREAM)]
    return [kept_part(folder, stream), kept_part(folder, clips)]


@pytest.fixture(scope="module")
def counted(parts):
    return count(parts, GEOMETRY, POINTS)


def test_renditions_are_in_the_order_of_the_table_speech_first_the_stream_last(counted):
    names = counted.renditions[["name", "condition"]].to_numpy().tolist()
    recorded = [["r0", CLEAN], ["r0", "snr_5_db"], ["r1", CLEAN], ["n0", CLEAN]]
    assert names == [*recorded, ["r1", STREAM], ["r0", STREAM]]


def test_the_file_of_a_part_has_a_row_for_each_rendition(parts, counted):
    rows = counted.renditions[counted.renditions["part"] == 1].sort_values("position")
    assert rows["position"].tolist() == [0, 1, 2, 3]
    for model in MODELS:
        counts = read_counts(parts[1], model)
        windows = counts.counts[:, counts.columns["windows", "speech"]].sum(axis=1)
        for (role, corpus, name, condition), speech in zip(
            rows[RENDITION].to_numpy(), windows, strict=True
        ):
            own = [one for one in parts[1].scored if one.recording == (role, corpus, name)]
            same = [one for one in own if one.clip.condition == condition]
            assert speech == sum(one.speech.sum() for one in same), model


@pytest.mark.parametrize("pool", POOLED)
@pytest.mark.parametrize("model", MODELS)
def test_a_pool_has_the_windows_of_its_renditions(parts, counted, pool, model):
    own = [one for part in parts for one in part.scored if POOLED[pool](one.clip)]
    windows = counted.pool(pool, model)
    speech = np.concatenate([one.speech for one in own])
    values = np.concatenate([one.probabilities[model] for one in own])
    assert windows.speech.sum() == speech.sum()
    at = np.searchsorted(windows.edges, 0.5)
    assert windows.hits[at] == np.sum(speech & (values >= 0.5))
    assert windows.false_alarms[at] == np.sum(~speech & (values >= 0.5))
