"""Segments against silero_vad.get_speech_timestamps itself, all by equality."""

import dataclasses
import itertools

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import given
from hypothesis import strategies as st
from silero_vad import get_speech_timestamps

from tests.scored import Told
from vad.evaluation.segments import VadOptions, segments_of_runs, speech_segments, threshold_runs
from vad.export.graph import sequence_model
from vad.export.runtime import open_session, sequence_probabilities
from vad.silero.geometry import GEOMETRIES
from vad.silero.weights import load_published

DEFAULT = VadOptions(0.5, 0.35, 250, 100, 30)


def official(probabilities, sample_count, geometry, rule):
    found = get_speech_timestamps(
        torch.zeros(sample_count),
        Told(probabilities),
        sampling_rate=geometry.sample_rate,
        **dataclasses.asdict(rule),
    )
    return [[segment["start"], segment["end"]] for segment in found]


@st.composite
def rules(draw):
    enter, leave = sorted(draw(st.tuples(*[st.sampled_from([0.1, 0.35, 0.5, 0.8])] * 2)))[::-1]
    durations = st.sampled_from([0, 1, 31.9, 32, 33, 64, 96, 100, 250])
    pads = st.sampled_from([0, 0.3, 16, 30, 33.3, 48, 100, 400])
    return VadOptions(enter, leave, draw(durations), draw(durations), draw(pads))


# Levels at, between and around the thresholds, so that every branch is taken.
LEVELS = st.sampled_from([0.0, 0.1, 0.2, 0.35, 0.4, 0.5, 0.6, 0.8, 0.9, 1.0])


@given(
    probabilities=st.lists(LEVELS, max_size=60),
    lacking=st.integers(0, 255),
    sample_rate=st.sampled_from(sorted(GEOMETRIES)),
    rule=rules(),
)
def test_drawn_probabilities(probabilities, lacking, sample_rate, rule):
    geometry = GEOMETRIES[sample_rate]
    sample_count = max(len(probabilities) * geometry.window_samples - lacking, 0)
    values = np.array(probabilities, np.float32)
    found = speech_segments(values, sample_count, geometry, rule)
    assert found.dtype == np.int64
    assert found.shape == (len(found), 2)
    assert found.tolist() == official(values, sample_count, geometry, rule)


@given(
    probabilities=st.lists(LEVELS, max_size=60),
    rule=rules(),
    pairs=st.lists(rules().map(lambda r: (r.threshold, r.neg_threshold)), min_size=1, max_size=5),
)
def test_many_thresholds_at_once_are_each_alone(probabilities, rule, pairs):
    geometry = GEOMETRIES[16000]
    values, sample_count = np.array(probabilities), 512 * len(probabilities)
    runs = threshold_runs(values, np.array(pairs))
    row, segments = segments_of_runs(runs, sample_count, geometry, rule)
    for number, (enter, leave) in enumerate(pairs):
        alone = dataclasses.replace(rule, threshold=enter, neg_threshold=leave)
        expected = speech_segments(values, sample_count, geometry, alone)
        assert segments[row == number].tolist() == expected.tolist()


@pytest.mark.parametrize(
    "rule",
    [
        DEFAULT,
        dataclasses.replace(DEFAULT, threshold=0.2, neg_threshold=0.1, speech_pad_ms=300),
        dataclasses.replace(DEFAULT, min_speech_duration_ms=0, min_silence_duration_ms=0),
    ],
)
def test_real_recordings(real_recordings, sample_rate, rule):
    geometry = GEOMETRIES[sample_rate]
    model = sequence_model(load_published(sample_rate), 16).SerializeToString()
    session = open_session(model)
    files = sorted((real_recordings / "ami").rglob("*.flac"))
    files += sorted((real_recordings / "ljspeech").glob("*.flac"))[:5]
    for file in files:
        samples, _ = soundfile.read(file, dtype="float32")
        samples = np.ascontiguousarray(samples[:: 16000 // sample_rate])
        values = sequence_probabilities(session, samples, geometry)
        found = speech_segments(values, len(samples), geometry, rule).tolist()
        assert found == official(values, len(samples), geometry, rule)
    assert len(files) == 18


def test_an_exit_above_the_threshold_is_refused():
    with pytest.raises(ValueError, match=r"exit threshold 0\.6 is above 0\.5"):
        dataclasses.replace(DEFAULT, neg_threshold=0.6)


def test_shared_padding_leaves_segments_apart():
    values = np.array([1, 1, 0, 1, 1.0] * 20)
    rule = VadOptions(0.5, 0.35, 0, 0, 300)
    found = speech_segments(values, 512 * len(values), GEOMETRIES[16000], rule)
    assert len(found) == 21
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(found))
