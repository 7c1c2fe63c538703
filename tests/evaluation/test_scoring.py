"""Scores of prepared clips against the state carried by hand, and the segments of each point."""

from dataclasses import replace

import numpy as np
import onnx
import pytest

from tests.scored import GEOMETRY, scored_clip
from vad.evaluation import scoring
from vad.evaluation.scoring import (
    MODELS,
    STREAM,
    detect,
    score_clip,
    score_other_rate,
    score_streams,
)
from vad.evaluation.segments import OperatingPoint, VadOptions, speech_segments
from vad.export.graph import sequence_model, streaming_model
from vad.export.parity import speech_like
from vad.export.runtime import open_session, sequence_probabilities
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
    scored = score_clip(clip, sessions, GEOMETRY)
    expected = sequence_probabilities(sessions["published"], clip.samples, GEOMETRY)
    for model in MODELS:
        np.testing.assert_array_equal(scored.probabilities[model], expected)
    np.testing.assert_array_equal(scored.speech, clip.speech_windows(GEOMETRY))


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
