"""Parts of a split: whole recordings, whose scores are those of each clip by itself."""

import numpy as np
import onnx
import pandas as pd
import pytest

from vad.evaluation import parts
from vad.evaluation.choices import choose_points
from vad.evaluation.parts import LEAST_SHARED_S, Part, recorded_parts, repeated_parts, score
from vad.evaluation.results import measure
from vad.evaluation.scoring import MODELS, STREAM, Exported
from vad.export.graph import sequence_model, streaming_model
from vad.export.parity import speech_like
from vad.export.runtime import open_session, sequence_probabilities
from vad.prepared import (
    CLEAN,
    INTERVAL_COLUMNS,
    INTERVAL_KINDS,
    INTERVALS,
    RECORDING_COLUMNS,
    RECORDINGS,
    SAMPLE_DTYPE,
    SHARDS,
    Prepared,
)
from vad.silero.geometry import GEOMETRIES
from vad.silero.weights import load_published

GEOMETRY = GEOMETRIES[16000]
# Role, name, condition and corpus; r0 is in two blocks.
CLIPS = [
    ("noise", "n0", CLEAN, "street"),
    ("speech", "r0", "snr_5_db", "calls"),
    ("speech", "r1", "snr_5_db", "calls"),
    ("speech", "r0", CLEAN, "calls"),
    ("speech", "r0", CLEAN, "calls"),
    ("speech", "m0", CLEAN, "meetings"),
    ("speech", "r1", CLEAN, "calls"),
]


@pytest.fixture
def prepared(tmp_path, monkeypatch):
    """A prepared folder of two shards; parts of a few seconds that workers share."""
    monkeypatch.setattr(parts, "LEAST_SHARED_S", 0)
    monkeypatch.setattr(parts, "PART_S", 3)
    (tmp_path / SHARDS).mkdir()
    audio = (speech_like(GEOMETRY) * 20000).astype(SAMPLE_DTYPE)
    rows, intervals = [], []
    for number, (role, name, condition, corpus) in enumerate(CLIPS):
        length = GEOMETRY.sample_rate * (2 + number % 3)
        labels = (corpus, name, None, role, "test", condition, int(number == 4), "MIT")
        shard = f"{number % 2}.pcm"
        start = (tmp_path / SHARDS / shard).stat().st_size // 2 if number > 1 else 0
        with (tmp_path / SHARDS / shard).open("ab") as file:
            file.write(audio[number * 9000 :][:length].tobytes())
        rows.append((*labels, shard, start, length, GEOMETRY.sample_rate))
        intervals += [(number, kind, 0, length) for kind in INTERVAL_KINDS]
    pd.DataFrame(rows, columns=RECORDING_COLUMNS).to_parquet(tmp_path / RECORDINGS)
    pd.DataFrame(intervals, columns=INTERVAL_COLUMNS).to_parquet(tmp_path / INTERVALS)
    return Prepared(tmp_path)


@pytest.fixture
def exported(tmp_path):
    branches = {rate: load_published(rate) for rate in (16000, 8000)}
    onnx.save(sequence_model(branches[16000], 16), tmp_path / "q.onnx")
    both = {"tuned_rates": "16000 8000"}
    onnx.save(streaming_model(branches, 16000, 16, metadata=both), tmp_path / "s.onnx")
    return Exported(tmp_path / "q.onnx", tmp_path / "s.onnx", 16)


@pytest.mark.parametrize("as_recorded", [True, False])
def test_parts_have_whole_recordings_and_each_clip_once(prepared, tmp_path, as_recorded):
    found = recorded_parts(prepared, "test", tmp_path, as_recorded=as_recorded)
    rows = [row for part in found for row in part.rows]
    expected = [n for n, clip in enumerate(CLIPS) if not as_recorded or clip[2] == CLEAN]
    assert sorted(rows) == expected
    assert len(found) > 2
    recordings = [set(part.recordings) for part in found]
    assert len(set.union(*recordings)) == sum(map(len, recordings)) == 4
    assert sum(part.seconds for part in found) == sum(2 + row % 3 for row in rows)


def test_a_large_split_has_no_more_than_so_many_parts(prepared, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "MOST_PARTS", 2)
    assert len(recorded_parts(prepared, "test", tmp_path)) <= 2


def test_workers_give_the_bytes_of_one_process(prepared, exported, tmp_path, monkeypatch):
    session, probabilities = open_session(exported.sequence), {}
    for count in ("1", "2"):
        monkeypatch.setenv("VAD_WORKERS", count)
        (folder := tmp_path / count).mkdir()
        found = recorded_parts(prepared, "test", folder)
        score([*found, *repeated_parts(prepared, exported, folder)], exported)
        probabilities[count] = {p.name: p.read_bytes() for p in folder.iterdir()}
        for scored in (scored for part in found for scored in part.clips()):
            expected = sequence_probabilities(session, scored.clip.samples, GEOMETRY)
            for model in MODELS:
                np.testing.assert_array_equal(scored.probabilities[model], expected)
            np.testing.assert_array_equal(scored.speech, scored.clip.speech_windows(GEOMETRY))
    assert probabilities["1"] == probabilities["2"]
    assert len(probabilities["1"]) > 5


def test_workers_choose_count_and_draw_as_one_process_does(
    prepared, exported, tmp_path, monkeypatch, params
):
    evaluated = []
    for count in ("1", "2"):
        monkeypatch.setenv("VAD_WORKERS", count)
        (folder := tmp_path / count).mkdir()
        own = recorded_parts(prepared, "test", folder)
        everything = [*own, *repeated_parts(prepared, exported, folder)]
        score(everything, exported)
        choices = choose_points(own, GEOMETRY, params.evaluate, seed=1)
        results = measure(everything, GEOMETRY, choices, params.evaluate, seed=1)
        errors = [one.errors for one in results.renditions]
        evaluated.append((choices, results.table.to_csv(), errors))
    assert evaluated[0] == evaluated[1]


def test_the_clips_of_one_recording_are_all_of_its_blocks(prepared, exported, tmp_path):
    found = recorded_parts(prepared, "test", tmp_path)
    score(found, exported)
    [blocks] = [blocks for part in found if (blocks := list(part.clips(("speech", "calls", "r0"))))]
    labels = [(one.clip.condition, one.clip.block) for one in blocks]
    assert labels == [("snr_5_db", 0), (CLEAN, 0), (CLEAN, 1)]


def test_speech_as_recorded_is_scored_as_streams_and_at_the_other_rate(
    prepared, exported, tmp_path
):
    found = repeated_parts(prepared, exported, tmp_path)
    assert [part.condition for part in found[:2]] == [STREAM, STREAM]
    assert [part.rows for part in found[:2]] == [[3, 4, 6], [5]]
    assert {part.condition for part in found[2:]} == {"rate_8000"}
    assert sorted(row for part in found[2:] for row in part.rows) == [3, 4, 5, 6]
    assert len({part.base for part in found}) == len(found)
    score(found, exported)
    assert {one.clip.condition for one in found[0].clips()} == {STREAM}


def test_a_stream_ends_before_it_grows_too_long(prepared, exported, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "LONGEST_STREAM_S", 5)
    found = repeated_parts(prepared, exported, tmp_path)
    assert [part.rows for part in found if part.condition == STREAM] == [[3, 4], [5]]


def test_little_audio_is_not_worth_workers():
    part = Part(None, None, [], LEAST_SHARED_S / 2)
    assert parts.most_workers([part]) == 1
    assert parts.most_workers([part, part]) is None
