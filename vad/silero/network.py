"""Silero VAD v5/v6 as an ordinary torch module.

The published model is TorchScript; its layers and sizes are written out again here, one branch
per sampling rate. Source: the graph of `silero_vad.jit` in the PyPI package silero-vad.
"""

import itertools
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from vad.silero.geometry import ENCODER_CHANNELS, GEOMETRIES, STATE_SIZE, TAP_COUNT
from vad.silero.weights import BranchWeights, load_published

ENCODER_STRIDES = (1, 2, 2, 1)
# How many encoder layers stay as published, by what is to learn.
FROZEN_LAYERS = {"decoder": 4, "encoder_top": 3, "all": 0}
# Short sequences of like length that go through the LSTM together.
SEQUENCES_AT_ONCE = 8


def encoder_layers(bin_count: int) -> nn.Sequential:
    """Convolutions over STFT frames: magnitudes [batch, bins, frames] to [batch, 128, 1]."""
    inputs = (bin_count, *ENCODER_CHANNELS[:-1])
    return nn.Sequential(
        *(
            nn.Sequential(nn.Conv1d(i, o, TAP_COUNT, stride=s, padding=1), nn.ReLU())
            for i, o, s in zip(inputs, ENCODER_CHANNELS, ENCODER_STRIDES, strict=True)
        )
    )


class SileroVad(nn.Module):
    """One branch of Silero VAD; weights are random until loaded (see `network_of`)."""

    stft_basis: Tensor

    def __init__(self, sample_rate: int) -> None:
        super().__init__()
        self.geometry = GEOMETRIES[sample_rate]
        bins = self.geometry.bin_count
        self.register_buffer("stft_basis", torch.zeros(2 * bins, 1, self.geometry.stft_samples))
        self.encoder = encoder_layers(bins)
        self.lstm = nn.LSTM(STATE_SIZE, STATE_SIZE, batch_first=True)
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
        return self.encode_rest(self.magnitudes(samples), 0)

    def encode_first(self, samples: Tensor, layer_count: int) -> Tensor:
        """What the first encoder layers make of [batch, samples]: [batch, channels, frames]."""
        features: Tensor = self.encoder[:layer_count](self.magnitudes(samples))
        return features

    def encode_rest(self, features: Tensor, layer_count: int) -> Tensor:
        """What the layers after the first `layer_count` make of `encode_first`: [batch, 128]."""
        features = self.encoder[layer_count:](features)
        return features.squeeze(-1)

    def decode(
        self,
        features: Tensor,
        state: tuple[Tensor, Tensor] | None = None,
        drop: Callable[[Tensor], Tensor] | None = None,
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Speech logits of consecutive windows and the LSTM state after the last one.

        `features` [batch, windows, 128] and a state of two [1, batch, 128] (zeros when None)
        give logits [batch, windows] and a state of the same shape. `drop` is the dropout of
        training, applied to what the LSTM gives, [batch, windows, 128].
        """
        hidden, state = self.lstm(features, state)
        return self.logits_of(hidden, drop), state

    def logits_of(self, hidden: Tensor, drop: Callable[[Tensor], Tensor] | None = None) -> Tensor:
        """Speech logits [batch, windows] of the LSTM's output [batch, windows, 128]."""
        logits: Tensor = self.head(torch.relu(drop(hidden) if drop else hidden))
        return logits.squeeze(-1)

    def sequence_logits(
        self,
        features: Tensor,
        layer_count: int,
        drop: Callable[[Tensor], Tensor] | None = None,
        lengths: Sequence[Sequence[int]] = (),
    ) -> Tensor:
        """Speech logits [batch, windows] of rows of sequences, each from a silent state on.

        `features` [batch, windows, channels, frames] are those of `encode_first`. `lengths` has the
        windows of each sequence of each row; without it a row is one sequence.
        """
        encoded = self.encode_rest(features.flatten(0, 1), layer_count)
        encoded = encoded.view(*features.shape[:2], -1)
        if all(len(row) == 1 for row in lengths):
            return self.decode(encoded, drop=drop)[0]
        return self.logits_of(self._hidden_side_by_side(encoded, lengths), drop)

    def _hidden_side_by_side(self, rows: Tensor, lengths: Sequence[Sequence[int]]) -> Tensor:
        """The LSTM's output [batch, windows, 128] of `rows`, whose sequences run side by side."""
        pairs = zip(rows, lengths, strict=True)
        sequences = [s for row, counts in pairs for s in row[: sum(counts)].split(list(counts))]
        order = sorted(range(len(sequences)), key=lambda n: len(sequences[n]))
        outputs: dict[int, Tensor] = {}
        for first in range(0, len(order), SEQUENCES_AT_ONCE):
            numbers = order[first : first + SEQUENCES_AT_ONCE]
            hidden, _ = self.lstm(pad_sequence([sequences[n] for n in numbers], batch_first=True))
            outputs |= zip(numbers, hidden, strict=True)
        cut = (outputs[n][: len(sequence)] for n, sequence in enumerate(sequences))
        whole = (torch.cat(list(itertools.islice(cut, len(counts)))) for counts in lengths)
        window_count = rows.shape[1]
        return torch.stack([functional.pad(h, (0, 0, 0, window_count - len(h))) for h in whole])

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


def network_of(weights: BranchWeights) -> SileroVad:
    """A network of its own with these weights, in evaluation mode."""
    network = SileroVad(weights.geometry.sample_rate)
    network.load_state_dict({key: torch.tensor(array) for key, array in weights.tensors.items()})
    return network.eval()


def weights_of(network: SileroVad) -> BranchWeights:
    """A copy of the weights of `network`, wherever they are."""
    tensors = network.state_dict().items()
    return BranchWeights(network.geometry, {key: value.numpy(force=True) for key, value in tensors})


def published_network(sample_rate: int) -> SileroVad:
    """The published branch for `sample_rate` (Hz) as a network."""
    return network_of(load_published(sample_rate))
