from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from vad.export.parity import speech_like
from vad.prepared import LABELS, Clip
from vad.silero.network import FROZEN_LAYERS, published_network
from vad.silero.resampling import resampled
from vad.silero.windows import frame_windows
from vad.tuning.features import BLOCK_WINDOWS, encode_clips
from vad.tuning.process_group import ProcessGroup

# Convolutions over another number of windows may add up in another order.
TOLERANCE = 1e-5


@pytest.fixture
def network(sample_rate):
    return published_network(sample_rate)


@pytest.fixture
def clips(network):
    audio = (speech_like(network.geometry) * 32767).astype(np.int16)
    window = network.geometry.window_samples
    stretches = [audio[: 3 * window + 1], audio[: (BLOCK_WINDOWS + 2) * window], audio[:1]]
    return [
        Clip(
            **dict.fromkeys(LABELS, str(number)),
            samples=samples,
            speech=np.array([[window, 3 * window]]),
            annotated=np.array([[0, len(samples)]]),
        )
        for number, samples in enumerate(stretches)
    ]


@pytest.mark.parametrize("layer_count", FROZEN_LAYERS.values())
def test_features_are_those_of_the_encoder(network, clips, tmp_path, group, layer_count):
    features = encode_clips(
        network, layer_count, clips, network.geometry, tmp_path / "f.npy", group
    )
    assert [(span.start, span.stop) for span in features.clips] == [(0, 4), (4, 518), (518, 519)]
    for clip, span in zip(clips, features.clips, strict=True):
        with torch.no_grad():
            expected = network.encode(torch.tensor(frame_windows(clip.samples, network.geometry)))
            values = torch.tensor(features.values[span.start : span.stop])
            rest = network.encode_rest(values, layer_count)
        np.testing.assert_allclose(rest, expected, rtol=TOLERANCE, atol=TOLERANCE)
    assert features.speech[:5].tolist() == [False, True, True, False, False]
    assert features.annotated[:5].tolist() == [True, True, True, False, True]


def test_bytes_do_not_depend_on_threads(network, clips, tmp_path):
    for count in (1, 2):
        with ThreadPoolExecutor(count) as threads:
            group = ProcessGroup(torch.device("cpu"), threads)
            encode_clips(network, 4, clips, network.geometry, tmp_path / f"{count}.npy", group)
    assert (tmp_path / "1.npy").read_bytes() == (tmp_path / "2.npy").read_bytes()


def test_a_file_that_is_there_is_taken(network, clips, tmp_path, group):
    first = encode_clips(network, 4, clips, network.geometry, tmp_path / "f.npy", group)
    torch.nn.init.zeros_(network.encoder[0][0].weight)
    again = encode_clips(network, 4, clips, network.geometry, tmp_path / "f.npy", group)
    np.testing.assert_array_equal(first.values[:], again.values[:])


def test_sequences_never_cross_a_clip(network, clips, tmp_path, group):
    features = encode_clips(network, 4, clips, network.geometry, tmp_path / "f.npy", group)
    spans = [(span.start, span.stop) for span in features.sequences(250)]
    assert spans == [(0, 4), (4, 254), (254, 504), (504, 518), (518, 519)]


def test_clips_of_the_other_rate_are_resampled(clips, network, tmp_path, group):
    geometry = network.geometry
    other = published_network(24000 - geometry.sample_rate)
    features = encode_clips(other, 4, clips, geometry, tmp_path / "f.npy", group)
    assert [(span.start, span.stop) for span in features.clips] == [(0, 4), (4, 518), (518, 519)]
    rates = geometry.sample_rate, other.geometry.sample_rate
    with torch.no_grad():
        windows = frame_windows(resampled(clips[1].samples, *rates), other.geometry)
        expected = other.encode(torch.tensor(windows))
    np.testing.assert_allclose(features.values[4:518][:, :, 0], expected, rtol=1e-3, atol=TOLERANCE)
