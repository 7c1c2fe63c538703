"""The sequences of each training step, and what each of their windows weighs in the loss."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vad.params import Finetune
from vad.randomness import generator
from vad.tuning.features import Features, Span

# Sequences that a core works on at once: few enough for its cache, and always as many, so that
# sums do not depend on the number of threads.
PART_SEQUENCES = 4


@dataclass(frozen=True)
class Batch:
    """Sequences of one step, all as long; what is not annotated weighs 0.

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
    """What is learned beside the domain, and what its loss weighs against that of the domain."""

    name: str
    features: Features
    weight: float


class TrainingPass:
    """The steps of one pass over `domain`, made as they are asked for.

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
        for first in range(0, len(self.own), size):
            own = self.own[first : first + size]
            chosen = [own, *(list(itertools.islice(spans, len(own))) for spans in endless)]
            yield self._step(chosen)

    def _step(self, chosen: list[list[Span]]) -> Batch:
        """Sequences of the domain and of each rehearsal in turn, all of them as long."""
        longest = max(span.stop - span.start for spans in chosen for span in spans)
        sets = [self.domain, *(rehearsal.features for rehearsal in self.rehearsals)]
        weights = [1.0, *(rehearsal.weight for rehearsal in self.rehearsals)]
        return alternating(
            [
                batch_of(features, spans, longest, self.params.nonspeech_weight, weight)
                for features, spans, weight in zip(sets, chosen, weights, strict=True)
            ]
        )


def batch_of(
    features: Features,
    spans: list[Span],
    length: int,
    nonspeech_weight: float = 1.0,
    weight: float = 1.0,
) -> Batch:
    """The sequences of `spans`, of `length` windows; weights of windows add up to `weight`.

    Shorter ones begin again at their end, where they weigh nothing: what follows is sound, too.
    """
    rows = np.stack([np.resize(np.arange(span.start, span.stop), length) for span in spans])
    counts = np.array([span.stop - span.start for span in spans])
    is_first = np.arange(length) < counts[:, None]
    targets = torch.from_numpy(features.targets[rows])
    weights = torch.from_numpy(is_first & features.annotated[rows]).float()
    weights *= torch.where(targets >= 0.5, 1.0, nonspeech_weight)
    values = torch.from_numpy(features.values[rows])
    return Batch(values, targets, weights * weight / weights.sum().clamp(min=1))


def alternating(batches: list[Batch]) -> Batch:
    """One of all: the first sequence of each of `batches`, then the second of each."""
    columns = zip(*((b.features, b.targets, b.weights) for b in batches), strict=True)
    return Batch(*(torch.stack(column, dim=1).flatten(0, 1) for column in columns))


def shuffled(features: Features, window_count: int, *seed_parts: str | int) -> list[Span]:
    """The sequences of `features`, at most `window_count` long, in an order drawn by the parts."""
    sequences = list(features.sequences(window_count))
    return [sequences[n] for n in generator(*seed_parts).permutation(len(sequences))]
