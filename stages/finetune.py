"""Tune the network on the prepared audio and keep the epoch that validates best."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import torch

from vad.artifacts import locked, replacing, together, write_metrics, write_plot
from vad.command import run_stage
from vad.params import Params
from vad.prepared import Prepared
from vad.silero.network import SileroVad
from vad.silero.weights import load_published, save_finetuned
from vad.tuning.calibration import Calibration, Sample, fitted, fold
from vad.tuning.checkpoints import run_key, work_folder
from vad.tuning.epochs import tune
from vad.tuning.history import Epoch, as_row, best_epoch, validation_weights
from vad.tuning.process_group import ProcessGroup, process_group
from vad.tuning.training_data import TrainingData, encode_training_data
from vad.tuning.validation import logits_of, scores
from vad.workers import worker_count


def main(
    prepared: Annotated[Path, "folder of stage prepare"],
    finetuned: Annotated[Path, "safetensors file to write the tuned weights to"],
    metrics: Annotated[Path, "JSON to write the scores of the kept epoch to"],
    training_plot: Annotated[Path, "CSV to write a row for each epoch to"],
    *,
    params: Params,
) -> None:
    """Tune the published branch for the rate of `prepared`; write weights, metrics and a plot.

    The plot grows with each epoch; all three appear together at the end. An interrupted run resumes
    after its last whole epoch.
    """
    data = Prepared(prepared)
    settings = params.finetune
    # One thread for each part of a step: the sums, and so the bytes, are those of any machine.
    torch.set_num_threads(1)
    with ExitStack() as stack:
        group = stack.enter_context(process_group(worker_count()))
        if group.is_first:
            stack.enter_context(locked(finetuned, metrics, training_plot))
        key = run_key(prepared, f"{params.seed} {settings.model_dump_json()}", group)
        folder = stack.enter_context(work_folder(finetuned, key, group))
        published = load_published(data.geometry.sample_rate).to(group.device)
        training_data = encode_training_data(published, data, settings, folder, group)

        def show(history: list[Epoch]) -> None:
            write_plot(training_plot, pd.DataFrame(history))

        tuned, history = tune(published, training_data, settings, params.seed, group, folder, show)
        summary = summarise(history[0], best_epoch(history, settings))
        if settings.calibrate:
            calibration, row = calibrated(tuned, training_data, validation_weights(settings), group)
            fold(tuned, calibration)
            summary["validation"]["calibrated"] = row
            summary["calibration"] = calibration._asdict()
        if group.is_first:
            with together():
                with replacing(finetuned) as (draft,):
                    save_finetuned(tuned.cpu(), data.training_licences, draft)
                write_metrics(metrics, summary)
                show(history)


def calibrated(
    network: SileroVad,
    training_data: TrainingData,
    weights: Mapping[str, float],
    group: ProcessGroup,
) -> tuple[Calibration, Epoch]:
    """The calibration that all kinds of validation recordings ask for, and the scores with it."""
    sets = training_data.validation
    logits = {kind: logits_of(network, features, group) for kind, features in sets.items()}
    calibration = fitted(
        [
            Sample(
                features.targets[features.annotated],
                logits[kind][features.annotated],
                weights[kind],
            )
            for kind, features in sets.items()
        ]
    )
    return calibration, as_row(
        {kind: scores(features, calibration.of(logits[kind])) for kind, features in sets.items()}
    )


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


if __name__ == "__main__":
    run_stage(main)
