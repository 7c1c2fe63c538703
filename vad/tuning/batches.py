"""The sequences of each training step, and the weight of each window in the loss."""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from vad.params import Finetune
from vad.randomness import generator
from vad.tuning.features import Features, Span
from vad.tuning.stored import StoredRows

# Rows that a core works on at once: few enough for its cache, and always as many, so that sums do
# not depend on the number of threads.
PART_ROWS = 4
# Share of the steps in which the domain is heard after noise, the state carried on: a network that
# always begins anew loses speech in streams that are never reset.
AFTER_NOISE_SHARE = 0.4
# The kind of rehearsal data that the domain follows.
NOISE = "noise"

# Sequences that are trained on side by side, each from a silent state on, as long as one together.
Row = Sequence[Span]


@dataclass(frozen=True)
class Batch:
    """Rows of one step, padded at the end; windows that are not annotated have the weight 0.

    `features` [batch, windows, channels, frames], `targets` and `weights` [batch, windows];
    `lengths` has the windows of each sequence of each row.
    """

    features: Tensor
    targets: Tensor
    weights: Tensor
    lengths: list[list[int]]

    def parts(self, size: int) -> list["Batch"]:
        """The rows, `size` at a time."""
        lengths = [self.lengths[n : n + size] for n in range(0, len(self.lengths), size)]
        columns = (self.features.split(size), self.targets.split(size), self.weights.split(size))
        return [Batch(*part) for part in zip(*columns, lengths, strict=True)]

    def to(self, device: torch.device) -> "Batch":
        features, targets, weights = self.features, self.targets, self.weights
        return Batch(features.to(device), targets.to(device), weights.to(device), self.lengths)


@dataclass(frozen=True)
class Rehearsal:
    """A training set beside the domain; its loss has `weight` where that of the domain has 1."""

    name: str
    features: Features
    weight: float


class TrainingPass:
    """The steps of one pass over `domain`, made one by one.

    The order is drawn by `seed_parts`. A row holds a sequence of the domain, or several short ones.
    Each step has as many sequences of each of `rehearsals`, which begin anew at their end; in some
    steps the rows of the domain follow those of NOISE.
    """

    def __init__(
        self,
        domain: Features,
        rehearsals: Sequence[Rehearsal],
        params: Finetune,
        sequence_windows: int,
        *seed_parts: str | int,
    ) -> None:
        self.domain, self.params = domain, params
        # Noise first: the domain alone follows it.
        self.rehearsals = sorted(rehearsals, key=lambda rehearsal: rehearsal.name != NOISE)
        own = shuffled(domain, sequence_windows, "domain", *seed_parts)
        self.own = list(joined(own, sequence_windows))
        self.after_noise = (
            generator(*seed_parts, "after noise").random(len(self)) < AFTER_NOISE_SHARE
        )
        self.beside = [
            shuffled(rehearsal.features, sequence_windows, rehearsal.name, *seed_parts)
            for rehearsal in self.rehearsals
        ]

    def __len__(self) -> int:
        return math.ceil(len(self.own) / self.params.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        endless, size = [itertools.cycle(spans) for spans in self.beside], self.params.batch_size
        nonspeech_weight = self.params.nonspeech_weight
        for number, is_after_noise in enumerate(self.after_noise):
            rows = self.own[number * size : (number + 1) * size]
            batch = batch_of(self.domain, rows, nonspeech_weight)
            for rehearsal, sequences in zip(self.rehearsals, endless, strict=True):
                chosen = [[span] for span in itertools.islice(sequences, len(rows))]
                part = batch_of(rehearsal.features, chosen, nonspeech_weight)
                if is_after_noise and rehearsal.name == NOISE:
                    batch = following(part, rehearsal.weight, batch)
                else:
                    batch = beside(batch, part, rehearsal.weight)
            yield batch


def batch_of(features: Features, rows: Sequence[Row], nonspeech_weight: float = 1.0) -> Batch:
    """The sequences of `rows`; the weights of their windows add up to 1."""
    targets = _padded(features.targets, rows)
    annotated = _padded(features.annotated, rows)
    weights = annotated * torch.where(targets >= 0.5, 1.0, nonspeech_weight)
    lengths = [[span.stop - span.start for span in row] for row in rows]
    values = _padded(features.values, rows)
    return Batch(values, targets, weights / weights.sum().clamp(min=1), lengths)


def beside(batch: Batch, other: Batch, weight: float) -> Batch:
    """Both in one: its summed loss is that of `batch` plus `weight` times that of `other`."""
    return Batch(
        _stacked(batch.features, other.features),
        _stacked(batch.targets, other.targets),
        _stacked(batch.weights, weight * other.weights),
        batch.lengths + other.lengths,
    )


def following(before: Batch, weight: float, batch: Batch) -> Batch:
    """Each row of `batch` after that of `before`: the sequences that meet become one.

    The summed loss is that of `beside`.
    """
    windows = [
        (sum(one), sum(other)) for one, other in zip(before.lengths, batch.lengths, strict=True)
    ]

    def in_turn(first: Tensor, second: Tensor) -> Tensor:
        rows = zip(first, second, windows, strict=True)
        return pad_sequence(
            [torch.cat((one[:m], other[:n])) for one, other, (m, n) in rows], batch_first=True
        )

    return Batch(
        in_turn(before.features, batch.features),
        in_turn(before.targets, batch.targets),
        in_turn(weight * before.weights, batch.weights),
        [
            [*earlier[:-1], earlier[-1] + first, *later]
            for earlier, (first, *later) in zip(before.lengths, batch.lengths, strict=True)
        ],
    )


def joined(sequences: Iterable[Span], window_count: int) -> Iterator[Row]:
    """The sequences in their order, in rows of at most `window_count` windows.

    A pass over short clips has as few steps as one over the same hours of long ones.
    """
    row: list[Span] = []
    free = window_count
    for span in sequences:
        length = span.stop - span.start
        if row and length > free:
            yield row
            row, free = [], window_count
        row.append(span)
        free -= length
    if row:
        yield row


def shuffled(features: Features, window_count: int, *seed_parts: str | int) -> list[Span]:
    """The sequences of `features`, at most `window_count` long, in an order drawn by the parts."""
    sequences = list(features.sequences(window_count))
    return [sequences[n] for n in generator(*seed_parts).permutation(len(sequences))]


def _padded(array: np.ndarray | StoredRows, rows: Sequence[Row]) -> Tensor:
    tensors = [
        torch.from_numpy(np.concatenate([array[s.start : s.stop] for s in row], dtype=np.float32))
        for row in rows
    ]
    return pad_sequence(tensors, batch_first=True)


def _stacked(one: Tensor, other: Tensor) -> Tensor:
    return pad_sequence([*one, *other], batch_first=True)
