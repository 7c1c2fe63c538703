"""One branch from the published weights to the calibrated ones, with its history and metrics."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from vad.params import Finetune
from vad.prepared import Prepared
from vad.silero.network import SileroVad
from vad.silero.weights import load_published
from vad.tuning.calibration import Calibration, Sample, fitted, fold
from vad.tuning.epochs import tune
from vad.tuning.history import Epoch, as_row, best_epoch, measured, validation_weights
from vad.tuning.process_group import ProcessGroup
from vad.tuning.training_data import TrainingData, encode_training_data
from vad.tuning.validation import logits_of


class Branch(NamedTuple):
    """A tuned branch with a row of history for each epoch and the metrics of the best one."""

    network: SileroVad
    history: list[Epoch]
    summary: dict[str, Any]


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
    published = load_published(sample_rate).to(group.device)
    training_data = encode_training_data(published, data, params, own_folder, group)
    tuned, history = tune(published, training_data, params, seed, group, own_folder, on_epoch)
    summary = summarise(history[0], best_epoch(history, params))
    if params.calibrate:
        weights = validation_weights(params)
        calibration = calibration_of(tuned, training_data, weights, group)
        fold(tuned, calibration)
        summary["validation"]["calibrated"] = as_row(measured(tuned, training_data, group))
        summary["calibration"] = calibration._asdict()
    return Branch(tuned, history, summary)


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


def summarise(published: Epoch, kept: Epoch) -> dict[str, Any]:
    """The metrics of the kept epoch beside those of the published branch."""
    scored = [key for key in published if key not in ("epoch", "drift")]
    return {
        "best_epoch": kept["epoch"],
        "drift": kept["drift"],
        "validation": {
            "published": {key: published[key] for key in scored},
            "uncalibrated": {key: kept[key] for key in scored},
        },
    }
