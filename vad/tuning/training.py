"""Gradient descent on features, in sequence form."""

from collections.abc import Iterable
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from vad.errors import VadError
from vad.params import Finetune
from vad.randomness import digest
from vad.silero.network import FROZEN_LAYERS, SileroVad
from vad.tuning.batches import PART_ROWS, Batch
from vad.tuning.process_group import ProcessGroup

# Of the LSTM's output, as in the published network.
DROPOUT = 0.1
# The parts of a trainer that change as it learns.
STATEFUL = ("network", "average", "optimizer")


class Trainer:
    """A network that learns, the running average of its weights, and the state of Adam."""

    def __init__(
        self, network: SileroVad, params: Finetune, seed: int, group: ProcessGroup
    ) -> None:
        self.network = network
        self.params, self.seed, self.group = params, seed, group
        self.layer_count = FROZEN_LAYERS[params.trainable]
        self.learning = learning_tensors(network, self.layer_count)
        self.optimizer = torch.optim.Adam(self.learning, lr=params.learning_rate)
        average = get_ema_multi_avg_fn(params.averaging)
        self.average = AveragedModel(network, multi_avg_fn=average)

    @property
    def averaged(self) -> SileroVad:
        """The network with the averaged weights; its tensors change as training goes on."""
        return cast(SileroVad, self.average.module)

    def state(self) -> dict[str, Any]:
        """All that the next epoch depends on, for `resume`."""
        return {part: getattr(self, part).state_dict() for part in STATEFUL}

    def resume(self, state: dict[str, Any]) -> None:
        """Stand where the trainer stood whose `state` this is."""
        for part in STATEFUL:
            getattr(self, part).load_state_dict(state[part])

    def train_epoch(self, number: int, steps: Iterable[Batch]) -> float:
        """One pass over `steps`; the mean loss of a step. VadError where it is not finite."""
        losses = []
        for step, batch in enumerate(steps):
            losses.append(self._step(batch, (self.seed, "dropout", number, step)))
            if not torch.tensor(losses[-1]).isfinite():
                raise VadError(
                    f"epoch {number}, batch {step + 1}: the loss is {losses[-1]} at learning rate "
                    f"{self.params.learning_rate:g}, lower 'finetune.learning_rate'"
                )
        return sum(losses) / len(losses)

    def _step(self, batch: Batch, seed_parts: tuple[str | int, ...]) -> float:
        # A GPU takes all rows at once, or its share of them under torchrun.
        share = -(-len(batch.targets) // self.group.size)
        parts = batch.parts(PART_ROWS if self.group.device.type == "cpu" else share)
        numbers = range(self.group.rank, len(parts), self.group.size)
        results = self.group.threads.map(
            lambda n: self._gradients(parts[n], (*seed_parts, n)), numbers
        )
        loss = torch.zeros(1, device=self.group.device)
        totals = [loss, *(torch.zeros_like(tensor) for tensor in self.learning)]
        for values in results:
            for total, value in zip(totals, values, strict=True):
                total += value
        self.group.add_up(totals)
        for tensor, gradient in zip(self.learning, totals[1:], strict=True):
            tensor.grad = gradient
        self.optimizer.step()
        self.average.update_parameters(self.network)
        return loss.item()

    def _gradients(self, part: Batch, seed_parts: tuple[str | int, ...]) -> list[Tensor]:
        """The loss of `part`, then its gradient for each tensor that learns."""
        part = part.to(self.group.device)
        dropout = torch.Generator(self.group.device).manual_seed(digest(*seed_parts) % 2**63)
        loss = training_loss(self.network, self.layer_count, part, dropout)
        return [loss.detach().view(1), *torch.autograd.grad(loss, self.learning)]


def learning_tensors(network: SileroVad, layer_count: int) -> list[nn.Parameter]:
    """The weights above the first `layer_count` encoder layers."""
    layers = (network.encoder[layer_count:], network.lstm, network.head)
    return [tensor for layer in layers for tensor in layer.parameters()]


def training_loss(
    network: SileroVad, layer_count: int, batch: Batch, dropout: torch.Generator
) -> Tensor:
    """Weighted binary cross-entropy, summed over the windows of `batch` up to its longest row.

    Padding after it, for longer rows of other parts, takes no time.
    """
    longest = max(map(sum, batch.lengths))

    def drop(hidden: Tensor) -> Tensor:
        mask = torch.empty_like(hidden).bernoulli_(1 - DROPOUT, generator=dropout)
        return hidden * mask / (1 - DROPOUT)

    logits = network.sequence_logits(batch.features[:, :longest], layer_count, drop, batch.lengths)
    return functional.binary_cross_entropy_with_logits(
        logits, batch.targets[:, :longest], batch.weights[:, :longest], reduction="sum"
    )
