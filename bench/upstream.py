"""Upstream's way of tuning, in our own words, as the reference for speed.

Source of the method and of its settings: tuning/tune.py, utils.py and config.yml of
snakers4/silero-vad. Each clip of up to eight seconds is a file that is decoded and labelled anew
in every epoch; every window then goes through STFT, encoder and an LSTM cell in its turn.
"""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset

from vad.intervals import clip as clip_intervals
from vad.intervals import to_mask
from vad.prepared import Clip
from vad.silero.geometry import STATE_SIZE, Geometry
from vad.silero.network import SileroVad
from vad.tuning.training import DROPOUT

CLIP_S = 8
BATCH_SIZE = 128
LEARNING_RATE = 5e-4
NOISE_LOSS = 0.5
AUGMENTED_SHARE = 0.4
# One to three of them on an augmented clip, from the package audiomentations.
AUGMENTATIONS = (
    "AddGaussianNoise Aliasing AirAbsorption BandPassFilter BandStopFilter ClippingDistortion "
    "HighPassFilter HighShelfFilter LowPassFilter LowShelfFilter Mp3Compression PeakingFilter "
    "PitchShift RoomSimulator SevenBandParametricEQ"
)

Augment = Callable[[np.ndarray, int], np.ndarray]
Row = tuple[Path, np.ndarray]


def can_augment() -> bool:
    """Whether the package that upstream augments with is installed."""
    return importlib.util.find_spec("audiomentations") is not None


def augmentation() -> Augment:
    """Upstream's default augmentation."""
    import audiomentations

    # The room keeps the length, as upstream asks it to: labels stay in place.
    options = {"RoomSimulator": {"leave_length_unchanged": True}}
    transforms = [
        getattr(audiomentations, name)(p=1.0, **options.get(name, {}))
        for name in AUGMENTATIONS.split()
    ]
    return audiomentations.SomeOf((1, 3), transforms, p=AUGMENTED_SHARE)


def write_rows(clips: list[Clip], geometry: Geometry, folder: Path) -> list[Row]:
    """`clips` cut into files of at most CLIP_S, each with its speech (s) [intervals, 2]."""
    rate = geometry.sample_rate
    folder.mkdir()
    rows: list[Row] = []
    for clip in clips:
        for start in range(0, len(clip.samples), CLIP_S * rate):
            piece = clip.samples[start : start + CLIP_S * rate]
            speech_s = clip_intervals(clip.speech - start, 0, len(piece)) / rate
            path = folder / f"{len(rows)}.wav"
            soundfile.write(path, piece, rate, "PCM_16")
            rows.append((path, speech_s))
    return rows


class Files(Dataset):
    """Samples, labels and weights of each file, of whole windows."""

    def __init__(self, rows: list[Row], geometry: Geometry, augment: Augment | None) -> None:
        self.rows = rows
        self.geometry = geometry
        self.augment = augment

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, number: int) -> tuple[Tensor, ...]:
        path, speech_s = self.rows[number]
        samples, rate = soundfile.read(path, dtype="float32")
        samples = np.pad(samples, (0, -len(samples) % self.geometry.window_samples))
        is_speech = to_mask((speech_s * rate).astype(int), len(samples))
        speech = is_speech.reshape(-1, self.geometry.window_samples).mean(axis=1) > 0.5
        weight = np.where(speech, 1, NOISE_LOSS)
        if self.augment:
            samples = self.augment(samples, rate)
        arrays = (samples, speech, weight)
        return tuple(torch.from_numpy(np.asarray(array, np.float32)) for array in arrays)


def _padded(items: list[tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
    return tuple(pad_sequence(column, batch_first=True) for column in zip(*items, strict=True))


class Decoder(nn.Module):
    """The decoder for one window of each clip at a time, with the weights of `network`."""

    def __init__(self, network: SileroVad) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(STATE_SIZE, STATE_SIZE)
        weights = network.lstm.state_dict().items()
        self.cell.load_state_dict({name.removesuffix("_l0"): value for name, value in weights})
        self.head = nn.Linear(STATE_SIZE, 1)
        self.head.load_state_dict(network.head.state_dict())
        self.dropout = nn.Dropout(DROPOUT)

    def forward(
        self, features: Tensor, state: tuple[Tensor, Tensor] | None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Probabilities [batch, 1] of features [batch, 128], and the state behind them."""
        h, c = self.cell(features, state)
        return torch.sigmoid(self.head(torch.relu(self.dropout(h)))), (h, c)


class Tuning:
    """Upstream's training of the decoder on files, an epoch at a time."""

    def __init__(self, network: SileroVad, files: Files, worker_count: int) -> None:
        self.network = network.requires_grad_(False)
        self.decoder = Decoder(network)
        self.optimizer = torch.optim.Adam(self.decoder.parameters(), lr=LEARNING_RATE)
        self.loader = DataLoader(
            files, BATCH_SIZE, shuffle=True, num_workers=worker_count, collate_fn=_padded
        )

    def epoch(self) -> float:
        """One pass over the files; the mean loss of a step."""
        losses = []
        for samples, speech, weight in self.loader:
            probabilities = self.probabilities(samples)
            bce = functional.binary_cross_entropy(probabilities, speech, reduction="none")
            loss = (bce * weight).mean()
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return float(np.mean(losses))

    def probabilities(self, samples: Tensor) -> Tensor:
        """Speech probabilities [batch, windows] of `samples` [batch, samples]."""
        geometry = self.network.geometry
        padded = functional.pad(samples, (geometry.context_samples, 0))
        state, steps = None, []
        for start in range(0, samples.shape[1], geometry.window_samples):
            features = self.network.encode(padded[:, start : start + geometry.input_samples])
            step, state = self.decoder(features, state)
            steps.append(step)
        return torch.cat(steps, dim=1)
