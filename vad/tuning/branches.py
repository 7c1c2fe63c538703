"""One branch from the published weights to the calibrated ones, with its history and metrics."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from vad.params import Finetune
from vad.prepared import Prepared
from vad.silero.network import SileroVad, published_network
from vad.tuning.calibration import Calibration, Sample, fitted, fold
from vad.tuning.epochs import tune
from vad.tuning.history import Epoch, as_row, best_epoch, measured, validation_weights
from vad.tuning.process_group import ProcessGroup
from vad.tuning.training_data import TrainingData, encode_training_data
from vad.tuning.validation import logits_of


class Branch(NamedTuple):
    """A tuned branch, the number of its best epoch, and what each epoch scored.

    `rows` is the history, and one row more for the calibrated weights where there are any.
    """

    network: SileroVad
    best_epoch: int
    rows: list[Epoch]

    @property
    def final(self) -> Epoch:
        """The scores of the weights as they are kept."""
        return self.rows[-1] if "scale" in self.rows[-1] else self.rows[self.best_epoch]


def tune_branch(
    sample_rate: int,
    data: Prepared,
    params: Finetune,
    seed: int,
    group: ProcessGroup,
    folder: Path,
    on_epoch: Callable[[list[Epoch]], None],
) -> Branch:
    """The tuned branch for `sample_rate` (Hz), trained on `data` of any rate.

    The first process of the group calls `on_epoch` with the history after each epoch. Features and
    checkpoints are in a folder in `folder`.
    """
    own_folder = folder / str(sample_rate)
    own_folder.mkdir(parents=True, exist_ok=True)
    published = published_network(sample_rate).to(group.device)
    training_data = encode_training_data(published, data, params, own_folder, group)
    tuned, history = tune(published, training_data, params, seed, group, own_folder, on_epoch)
    best = best_epoch(history, params)
    if not params.calibrate:
        return Branch(tuned, int(best["epoch"]), history)
    weights = validation_weights(params)
    calibration = calibration_of(tuned, training_data, weights, group)
    fold(tuned, calibration)
    scored = as_row(measured(tuned, training_data, group))
    row = {**best, **scored, **calibration._asdict()}
    return Branch(tuned, int(best["epoch"]), [*history, row])


def calibration_of(
    network: SileroVad,
    training_data: TrainingData,
    weights: Mapping[str, float],
    group: ProcessGroup,
) -> Calibration:
    """The calibration of `network` on all kinds of validation recordings."""
    samples = []
    for kind, features in training_data.validation.items():
        targets, logits = features.targets, logits_of(network, features, group)
        annotated = features.annotated
        samples.append(Sample(targets[annotated], logits[annotated], weights[kind]))
    return fitted(samples)
