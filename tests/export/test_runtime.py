"""The two ways to run a recording through the exported files give the same probabilities."""

import numpy as np
import pytest
import torch

from vad.errors import VadError
from vad.export.graph import sequence_model, streaming_model
from vad.export.parity import speech_like
from vad.export.runtime import (
    BLOCK_WINDOWS,
    open_session,
    sequence_probabilities,
    streaming_probabilities,
)
from vad.silero.geometry import GEOMETRIES
from vad.silero.network import network_of
from vad.silero.weights import load_published
from vad.silero.windows import frame_windows

# Of probabilities over a whole recording.
TOLERANCE = 1e-5


def test_both_files_follow_torch_beyond_one_block(sample_rate):
    branch = load_published(sample_rate)
    network = network_of(branch)
    geometry = GEOMETRIES[sample_rate]
    audio = speech_like(geometry)
    windows = torch.tensor(frame_windows(audio, geometry))
    assert len(windows) > BLOCK_WINDOWS
    zeros = torch.zeros(1, 1, 128)
    with torch.inference_mode():
        expected, _, _ = network.forward_sequence(windows, zeros, zeros)
    by_blocks = sequence_probabilities(
        open_session(sequence_model(branch, 16).SerializeToString()), audio, geometry
    )
    model = streaming_model({sample_rate: branch}, sample_rate, 16, "tuned")
    one_by_one = streaming_probabilities(open_session(model.SerializeToString()), audio, geometry)
    for actual in (by_blocks, one_by_one):
        assert actual.dtype == np.float32
        np.testing.assert_allclose(actual, expected.numpy(), rtol=0, atol=TOLERANCE)


def test_no_audio_has_no_windows():
    branch = load_published(8000)
    session = open_session(sequence_model(branch, 16).SerializeToString())
    assert sequence_probabilities(session, np.zeros(0, np.float32), branch.geometry).shape == (0,)


def test_a_missing_file_is_named_with_its_remedy(tmp_path):
    with pytest.raises(VadError, match=r"silero_vad\.onnx: no such file, run stage export_onnx"):
        open_session(tmp_path / "silero_vad.onnx")
