"""Silero VAD v5/v6 as an ordinary torch module.

The published model is TorchScript; its layers and sizes are written out again here, one branch
per sampling rate. Source: the graph of `silero_vad.jit` in the PyPI package silero-vad.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from vad.geometry import GEOMETRIES, STATE_SIZE

ENCODER_CHANNELS = (128, 64, 64, 128)
ENCODER_STRIDES = (1, 2, 2, 1)
DROPOUT = 0.1


class Encoder(nn.Sequential):
    """Four convolutions over STFT frames: magnitudes [batch, bins, frames] to [batch, 128, 1]."""

    def __init__(self, bin_count: int) -> None:
        inputs = (bin_count, *ENCODER_CHANNELS[:-1])
        super().__init__(
            *(
                nn.Sequential(nn.Conv1d(i, o, kernel_size=3, stride=s, padding=1), nn.ReLU())
                for i, o, s in zip(inputs, ENCODER_CHANNELS, ENCODER_STRIDES, strict=True)
            )
        )


class SileroVad(nn.Module):
    """One branch of Silero VAD; weights are random until loaded (see vad.weights)."""

    stft_basis: Tensor

    def __init__(self, sample_rate: int) -> None:
        super().__init__()
        self.geometry = GEOMETRIES[sample_rate]
        bins = self.geometry.bin_count
        self.register_buffer("stft_basis", torch.zeros(2 * bins, 1, self.geometry.stft_samples))
        self.encoder = Encoder(bins)
        self.lstm = nn.LSTM(STATE_SIZE, STATE_SIZE, batch_first=True)
        self.dropout = nn.Dropout(DROPOUT)
        self.head = nn.Linear(STATE_SIZE, 1)

    def magnitudes(self, samples: Tensor) -> Tensor:
        """STFT magnitudes of `samples` [batch, samples]: [batch, bins, frames]."""
        padded = functional.pad(samples, (0, self.geometry.padding_samples), mode="reflect")
        spectrum = functional.conv1d(
            padded.unsqueeze(1), self.stft_basis, stride=self.geometry.hop_samples
        )
        real, imaginary = spectrum.chunk(2, dim=1)
        return torch.sqrt(real**2 + imaginary**2)

    def encode(self, samples: Tensor) -> Tensor:
        """Encoder features of windows with their context, [batch, samples]: [batch, 128]."""
        features: Tensor = self.encoder(self.magnitudes(samples))
        return features.squeeze(-1)

    def decode(
        self, features: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Speech logits of consecutive windows and the LSTM state after the last one.

        `features` [batch, windows, 128] and a state of two [1, batch, 128] (zeros when None)
        give logits [batch, windows] and a state of the same shape.
        """
        hidden, state = self.lstm(features, state)
        logits: Tensor = self.head(torch.relu(self.dropout(hidden)))
        return logits.squeeze(-1), state

    def forward(self, samples: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Streaming form, one window of each stream, as the official ONNX file computes it.

        `samples` [batch, samples] and `state` [2, batch, 128] (h, then c) give speech
        probabilities [batch, 1] and the next state [2, batch, 128].
        """
        features = self.encode(samples).unsqueeze(1)
        h, c = state.unsqueeze(1).unbind()
        logits, (h, c) = self.decode(features, (h, c))
        return torch.sigmoid(logits), torch.cat((h, c))

    def forward_sequence(self, windows: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, ...]:
        """Sequence form, consecutive windows of one recording in one call.

        `windows` [windows, context + window samples], `h` and `c` [1, 1, 128] give speech
        probabilities [windows] and the next h and c [1, 1, 128].
        """
        logits, (h, c) = self.decode(self.encode(windows).unsqueeze(0), (h, c))
        return torch.sigmoid(logits[0]), h, c
