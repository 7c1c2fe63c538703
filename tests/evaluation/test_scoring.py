"""Scores of prepared clips against the state carried by hand, and the segments of each point."""

from dataclasses import replace

import numpy as np
import onnx
import pandas as pd
import pytest

from tests.scored import GEOMETRY, scored_clip
from vad.evaluation import scoring
from vad.evaluation.scoring import (
    MODELS,
    STREAM,
    detect,
    labelled,
    probabilities_of,
    score,
    score_other_rate,
    score_streams,
)
from vad.evaluation.segments import OperatingPoint, VadOptions, speech_segments
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
from vad.silero.weights import load_published
from vad.silero.windows import window_count

WINDOW = GEOMETRY.window_samples


@pytest.fixture(scope="module")
def sessions():
    model = sequence_model(load_published(GEOMETRY.sample_rate), 16).SerializeToString()
    return dict.fromkeys(MODELS, open_session(model))


@pytest.fixture(scope="module")
def clips():
    """Two recordings of each of two corpora, a noisy copy and noise, of whole windows."""
    audio = (speech_like(GEOMETRY) * 20000).astype(np.int16)
    names = [("r0", "calls"), ("m0", "meetings"), ("r1", "calls"), ("m1", "meetings")]
    clips = [scored_clip(name, corpus, seconds=4 * WINDOW / 16) for name, corpus in names]
    clips += [scored_clip("r0", "calls", condition="snr_5_db"), scored_clip("n", role="noise")]
    length = 100 * WINDOW
    return [
        replace(one, clip=replace(one.clip, samples=audio[number * length :][:length]))
        for number, one in enumerate(clips[:4])
    ] + clips[4:]


def test_a_clip_has_the_probabilities_of_each_session(sessions, clips):
    clip = clips[0].clip
    scored = labelled(clip, probabilities_of(clip, sessions, GEOMETRY), GEOMETRY)
    expected = sequence_probabilities(sessions["published"], clip.samples, GEOMETRY)
    for model in MODELS:
        np.testing.assert_array_equal(scored.probabilities[model], expected)
    np.testing.assert_array_equal(scored.speech, clip.speech_windows(GEOMETRY))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A prepared folder of two shards; the model that stands for the tuned one beside it."""
    monkeypatch.setattr(scoring, "LEAST_SHARED_S", 0)
    monkeypatch.setattr(scoring, "PART_S", 3)
    (tmp_path / SHARDS).mkdir()
    audio = (speech_like(GEOMETRY) * 20000).astype(SAMPLE_DTYPE)
    rows, intervals = [], []
    for number in range(6):
        length = GEOMETRY.sample_rate * (2 + number % 3)
        role, condition = "noise" if number == 1 else "speech", "snr_5_db" if number == 2 else CLEAN
        labels = ("calls", f"r{number}", None, role, "test", condition, 0, "MIT")
        shard = f"{number % 2}.pcm"
        start = (tmp_path / SHARDS / shard).stat().st_size // 2 if number > 1 else 0
        with (tmp_path / SHARDS / shard).open("ab") as file:
            file.write(audio[number * 9000 :][:length].tobytes())
        rows.append((*labels, shard, start, length, GEOMETRY.sample_rate))
        intervals += [(number, kind, 0, length) for kind in INTERVAL_KINDS]
    pd.DataFrame(rows, columns=RECORDING_COLUMNS).to_parquet(tmp_path / RECORDINGS)
    pd.DataFrame(intervals, columns=INTERVAL_COLUMNS).to_parquet(tmp_path / INTERVALS)
    onnx.save(sequence_model(load_published(GEOMETRY.sample_rate), 16), tmp_path / "s.onnx")
    return tmp_path


@pytest.mark.parametrize("as_recorded", [True, False])
def test_workers_give_the_bytes_of_one_process(folder, sessions, monkeypatch, as_recorded):
    data, results = Prepared(folder), {}
    for count in ("1", "2"):
        monkeypatch.setenv("VAD_WORKERS", count)
        results[count] = score(data, "test", folder / "s.onnx", 16, as_recorded=as_recorded)
    names = [one.clip.name for one in results["1"]]
    assert names == [f"r{n}" for n in ((0, 3, 4, 5, 1) if as_recorded else (0, 2, 3, 4, 5, 1))]
    for one, other in zip(results["1"], results["2"], strict=True):
        assert one.clip.name == other.clip.name
        expected = probabilities_of(one.clip, sessions, GEOMETRY)
        for model in MODELS:
            assert one.probabilities[model].tobytes() == other.probabilities[model].tobytes()
            np.testing.assert_array_equal(one.probabilities[model], expected[model])


def test_parts_are_of_one_shard_and_hold_each_clip_once(folder):
    rows = Prepared(folder).recordings
    parts = scoring.in_parts(rows, GEOMETRY)
    assert sorted(row for part in parts for row in part) == rows.index.tolist()
    assert len(parts) > 2
    assert all(rows["shard"][part].nunique() == 1 for part in parts)


def test_a_stream_carries_the_state_from_recording_to_recording(sessions, clips):
    """One pass over both recordings, whose first window alone has another context."""
    streamed = score_streams(clips, sessions, GEOMETRY)
    assert {one.clip.condition for one in streamed} == {STREAM}
    assert [one.clip.name for one in streamed] == ["r0", "r1", "m0", "m1"]
    first, second = streamed[:2]
    joined = np.concatenate([first.clip.samples, second.clip.samples])
    whole = sequence_probabilities(sessions["published"], joined, GEOMETRY)
    np.testing.assert_allclose(first.probabilities["published"], whole[:100], atol=1e-6)
    carried = second.probabilities["published"]
    alone = sequence_probabilities(sessions["published"], second.clip.samples, GEOMETRY)
    assert np.abs(carried[5:] - whole[105:]).max() < np.abs(alone[5:] - whole[105:]).max()
    assert not np.allclose(carried, alone, atol=1e-3)


def test_a_stream_ends_before_it_grows_too_long(sessions, clips, monkeypatch):
    monkeypatch.setattr(scoring, "LONGEST_STREAM_S", 100 * WINDOW / 16000)
    names = [one.clip.name for one in score_streams(clips, sessions, GEOMETRY)]
    assert names == ["r0", "m0"]


@pytest.mark.parametrize("rates", ["16000 8000", "16000"])
def test_the_other_branch_is_scored_where_it_is_tuned(clips, tmp_path, rates):
    branches = {rate: load_published(rate) for rate in (16000, 8000)}
    model = streaming_model(branches, 16000, 16, metadata={"tuned_rates": rates})
    onnx.save(model, tmp_path / "s.onnx")
    rescored = score_other_rate(clips, tmp_path / "s.onnx", GEOMETRY, 16)
    if rates == "16000":
        assert rescored == []
        return
    assert [one.clip.name for one in rescored] == ["r0", "m0", "r1", "m1"]
    assert {one.clip.condition for one in rescored} == {"rate_8000"}
    for one, before in zip(rescored, clips, strict=False):
        np.testing.assert_array_equal(one.speech, before.speech)
        count = window_count(len(before.clip.samples), GEOMETRY)
        assert one.probabilities["finetuned"].shape == (count,)
        np.testing.assert_allclose(
            one.probabilities["finetuned"], one.probabilities["published"], atol=1e-5
        )


def test_segments_are_those_of_each_operating_point(clips):
    low, high = VadOptions(0.3, 0.2, 100, 100, 30), VadOptions(0.7, 0.6, 100, 100, 30)
    points = {model: {"": OperatingPoint(0.3, low)} for model in MODELS}
    points["finetuned"] = {**points["finetuned"], "_chosen": OperatingPoint(0.7, high)}
    detected = detect(clips[4], GEOMETRY, points)
    assert set(detected.segments) == {
        ("published", ""),
        ("finetuned", ""),
        ("finetuned", "_chosen"),
    }
    values, count = clips[4].probabilities["finetuned"], len(clips[4].clip.samples)
    np.testing.assert_array_equal(
        detected.segments["finetuned", "_chosen"], speech_segments(values, count, GEOMETRY, high)
    )
