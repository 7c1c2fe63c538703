"""The sequences of each training step, and the weight of each window in the loss."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from vad.params import Finetune
from vad.randomness import generator
from vad.tuning.features import Features, Span

# Sequences that a core works on at once: few enough for its cache, and always as many, so that
# sums do not depend on the number of threads.
PART_SEQUENCES = 4


@dataclass(frozen=True)
class Batch:
    """Sequences of one step, padded at the end; windows that are not annotated have the weight 0.

    `features` [batch, windows, channels, frames], `targets` and `weights` [batch, windows].
    """

    features: Tensor
    targets: Tensor
    weights: Tensor

    def parts(self, size: int) -> list["Batch"]:
        """The sequences, `size` at a time."""
        columns = (self.features.split(size), self.targets.split(size), self.weights.split(size))
        return [Batch(*part) for part in zip(*columns, strict=True)]

    def to(self, device: torch.device) -> "Batch":
        return Batch(*(t.to(device) for t in (self.features, self.targets, self.weights)))


@dataclass(frozen=True)
class Rehearsal:
    """A training set beside the domain; its loss has `weight` where that of the domain has 1."""

    name: str
    features: Features
    weight: float


class TrainingPass:
    """The steps of one pass over `domain`, made one by one.

    The order is drawn by `seed_parts`. Each step has as many sequences of each of `rehearsals`,
    which begin anew at their end.
    """

    def __init__(
        self,
        domain: Features,
        rehearsals: Sequence[Rehearsal],
        params: Finetune,
        sequence_windows: int,
        *seed_parts: str | int,
    ) -> None:
        self.domain, self.rehearsals, self.params = domain, rehearsals, params
        self.own = shuffled(domain, sequence_windows, "domain", *seed_parts)
        self.beside = [
            shuffled(rehearsal.features, sequence_windows, rehearsal.name, *seed_parts)
            for rehearsal in rehearsals
        ]

    def __len__(self) -> int:
        return math.ceil(len(self.own) / self.params.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        endless, size = [itertools.cycle(spans) for spans in self.beside], self.params.batch_size
        nonspeech_weight = self.params.nonspeech_weight
        for first in range(0, len(self.own), size):
            spans = self.own[first : first + size]
            batch = batch_of(self.domain, spans, nonspeech_weight)
            for rehearsal, sequences in zip(self.rehearsals, endless, strict=True):
                chosen = list(itertools.islice(sequences, len(spans)))
                part = batch_of(rehearsal.features, chosen, nonspeech_weight)
                batch = beside(batch, part, rehearsal.weight)
            yield batch


def batch_of(features: Features, spans: list[Span], nonspeech_weight: float = 1.0) -> Batch:
    """The sequences of `spans`; the weights of their windows add up to 1."""
    rows = [slice(span.start, span.stop) for span in spans]
    targets = _padded([features.targets[row] for row in rows])
    annotated = _padded([features.annotated[row] for row in rows])
    weights = annotated * torch.where(targets >= 0.5, 1.0, nonspeech_weight)
    values = _padded([features.values[row] for row in rows])
    return Batch(values, targets, weights / weights.sum().clamp(min=1))


def beside(batch: Batch, other: Batch, weight: float) -> Batch:
    """Both in one: its summed loss is that of `batch` plus `weight` times that of `other`."""
    return Batch(
        _stacked(batch.features, other.features),
        _stacked(batch.targets, other.targets),
        _stacked(batch.weights, weight * other.weights),
    )


def shuffled(features: Features, window_count: int, *seed_parts: str | int) -> list[Span]:
    """The sequences of `features`, at most `window_count` long, in an order drawn by the parts."""
    sequences = list(features.sequences(window_count))
    return [sequences[n] for n in generator(*seed_parts).permutation(len(sequences))]


def _padded(arrays: list[np.ndarray]) -> Tensor:
    tensors = [torch.from_numpy(np.array(array, np.float32)) for array in arrays]
    return pad_sequence(tensors, batch_first=True)


def _stacked(one: Tensor, other: Tensor) -> Tensor:
    return pad_sequence([*one, *other], batch_first=True)
