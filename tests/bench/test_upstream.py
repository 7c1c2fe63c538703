import copy

import numpy as np
import pytest
import torch

from bench.upstream import CLIP_S, Files, Tuning, write_rows
from vad.export.parity import speech_like
from vad.prepared import Clip
from vad.silero.geometry import GEOMETRIES
from vad.silero.windows import frame_windows

GEOMETRY = GEOMETRIES[16000]
# Of probabilities: another order of the same sums.
TOLERANCE = 1e-5


@pytest.fixture
def clip() -> Clip:
    """Twelve seconds, with speech across the cut at CLIP_S; no window is half covered."""
    samples = (speech_like(GEOMETRY)[: 12 * 16000] * 32767).astype(np.int16)
    return Clip(
        corpus="minutes",
        name="one",
        speaker=None,
        role="speech",
        split="train",
        condition="clean",
        block=0,
        licence="CC0",
        samples=samples,
        speech=np.array([[1024, 30000], [112000, 161000]]),
        annotated=np.array([[0, len(samples)]]),
    )


@pytest.fixture
def files(clip, tmp_path) -> Files:
    return Files(write_rows([clip], GEOMETRY, tmp_path / "files"), GEOMETRY, None)


def test_files_hold_the_samples_and_labels_of_the_clip(files, clip):
    samples, speech, weight = (torch.cat(column).numpy() for column in zip(*files, strict=True))
    np.testing.assert_array_equal(samples * 32768, clip.samples)
    np.testing.assert_array_equal(speech, clip.speech_windows(GEOMETRY))
    np.testing.assert_array_equal(weight, np.where(speech, 1, 0.5))


def test_window_by_window_it_says_what_the_sequence_form_says(published, files, clip):
    tuning = Tuning(copy.deepcopy(published), files, worker_count=0)
    tuning.decoder.eval()
    windows = torch.tensor(frame_windows(clip.samples[: CLIP_S * 16000], GEOMETRY))
    state = torch.zeros(1, 1, 128)
    with torch.no_grad():
        expected, _, _ = published.eval().forward_sequence(windows, state, state)
        probabilities = tuning.probabilities(files[0][0][None])[0]
    torch.testing.assert_close(probabilities, expected, rtol=0, atol=TOLERANCE)


def test_an_epoch_changes_the_decoder_alone(published, files):
    tuning = Tuning(copy.deepcopy(published), files, worker_count=0)
    first = tuning.epoch()
    for _ in range(3):
        last = tuning.epoch()
    assert last < first
    for name, tensor in tuning.network.state_dict().items():
        assert torch.equal(tensor, published.state_dict()[name])
    assert not torch.equal(tuning.decoder.cell.weight_hh, published.lstm.weight_hh_l0)
