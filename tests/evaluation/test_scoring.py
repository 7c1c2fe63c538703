"""Scores of clips against the state carried by hand, and the segments of each point."""

from dataclasses import replace

import numpy as np
import onnx
import pytest

from tests.scored import GEOMETRY, scored_clip
from vad.errors import VadError
from vad.evaluation.scoring import MODELS, Exported, detect, scores, scores_of_stream
from vad.evaluation.segments import OperatingPoint, VadOptions, speech_segments
from vad.export.graph import sequence_model, streaming_model
from vad.export.parity import speech_like
from vad.export.runtime import open_session, sequence_probabilities
from vad.silero.geometry import GEOMETRIES
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


def test_a_stream_carries_the_state_from_recording_to_recording(sessions, clips):
    """One pass over both recordings, whose first window alone has another context."""
    pair = [clips[0].clip, clips[2].clip]
    first, second = scores_of_stream(pair, GEOMETRY, sessions)
    joined = np.concatenate([clip.samples for clip in pair])
    whole = sequence_probabilities(sessions["published"], joined, GEOMETRY)
    np.testing.assert_allclose(first["published"], whole[:100], atol=1e-6)
    carried = second["published"]
    alone = sequence_probabilities(sessions["published"], pair[1].samples, GEOMETRY)
    assert np.abs(carried[5:] - whole[105:]).max() < np.abs(alone[5:] - whole[105:]).max()
    assert not np.allclose(carried, alone, atol=1e-3)


def test_the_other_branch_scores_resampled_clips(clips, tmp_path):
    branches = {rate: load_published(rate) for rate in (16000, 8000)}
    streaming = tmp_path / "s.onnx"
    onnx.save(streaming_model(branches, 16000, 16), streaming)
    exported = Exported(tmp_path, streaming, 16)
    by_clip = scores((one.clip for one in clips), "rate_8000", GEOMETRY, exported)
    for one, values in zip(clips, by_clip, strict=True):
        count = window_count(len(one.clip.samples), GEOMETRY)
        assert values["finetuned"].shape == (count,)
        np.testing.assert_allclose(values["finetuned"], values["published"], atol=1e-5)


def test_a_sequence_file_for_the_other_rate_is_a_fault(tmp_path):
    path = tmp_path / "q.onnx"
    other = next(rate for rate in GEOMETRIES if rate != GEOMETRY.sample_rate)
    onnx.save(sequence_model(load_published(other), 16), path)
    with pytest.raises(VadError, match=rf"q\.onnx: expected .* for {GEOMETRY.sample_rate} Hz"):
        Exported(path, path, 16).sessions(GEOMETRY)


@pytest.mark.parametrize("rates", ["16000 8000", "16000"])
def test_the_other_rate_is_one_that_is_tuned(tmp_path, rates):
    branches = {rate: load_published(rate) for rate in (16000, 8000)}
    model = streaming_model(branches, 16000, 16, metadata={"tuned_rates": rates})
    onnx.save(model, tmp_path / "s.onnx")
    other = Exported(tmp_path, tmp_path / "s.onnx", 16).other_rate(GEOMETRY)
    assert other == (GEOMETRIES[8000] if "8000" in rates else None)


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
