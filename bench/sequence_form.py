"""Training of all parameters in sequence form, written plainly, as a reference for speed."""

import copy

import torch
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from vad.params import Finetune
from vad.prepared import Clip
from vad.silero.network import SileroVad
from vad.silero.windows import frame_windows


class SequenceForm:
    """The network called once for the whole sequences of a step, one step after another."""

    def __init__(self, network: SileroVad, clips: list[Clip], params: Finetune) -> None:
        self.network = copy.deepcopy(network).train()
        self.optimizer = torch.optim.Adam(self.network.parameters(), params.learning_rate)
        self.batch_size = params.batch_size
        geometry = network.geometry
        length = round(params.sequence_s * geometry.windows_per_s)
        self.sequences: list[tuple[torch.Tensor, torch.Tensor]] = []
        for clip in clips:
            windows = torch.tensor(frame_windows(clip.samples, geometry))
            speech = torch.tensor(clip.speech_windows(geometry), dtype=torch.float32)
            self.sequences += zip(windows.split(length), speech.split(length), strict=True)

    def epoch(self) -> None:
        """One pass, Adam's steps included."""
        for first in range(0, len(self.sequences), self.batch_size):
            columns = zip(*self.sequences[first : first + self.batch_size], strict=True)
            windows, speech = (pad_sequence(column, batch_first=True) for column in columns)
            features = self.network.encode(windows.flatten(0, 1)).unflatten(0, speech.shape)
            logits, _ = self.network.decode(features)
            loss = functional.binary_cross_entropy_with_logits(logits, speech)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
