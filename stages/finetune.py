"""Tune the decoder on the prepared audio and keep the best epoch on the validation split."""

import copy
import tempfile
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from tqdm import trange

from vad.artifacts import replacing, write_metrics, write_plot
from vad.command import run_stage
from vad.features import Features, encode_clips
from vad.network import SileroVad
from vad.params import Finetune, Params
from vad.prepared import Prepared
from vad.training import batches, train_epoch, validate
from vad.weights import load_published, save_finetuned
from vad.workers import worker_count


class Epoch(NamedTuple):
    """One row of the training plot."""

    epoch: int
    train_loss: float
    val_loss: float
    val_roc_auc: float


def main(
    prepared: Path, finetuned: Path, metrics: Path, training_plot: Path, *, params: Params
) -> None:
    """Tune the published branch for the rate of `prepared`; write weights, metrics and a plot."""
    data = Prepared(prepared)
    network = load_published(data.geometry.sample_rate)
    workers = worker_count()
    # One thread per block of work: the sums, and so the bytes, are those of any other machine.
    torch.set_num_threads(1)
    # Without noise alone, four minutes of meetings raised false alarms on noise from 0 to 13 %.
    train_clips = [*data.clips("speech", "train"), *data.clips("noise", "train")]
    val_clips = [*data.clips("speech", "val")]
    finetuned.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=finetuned.parent, prefix=".features-") as folder:
        train = encode_clips(network, train_clips, Path(folder, "train.npy"), workers, "train")
        val = encode_clips(network, val_clips, Path(folder, "val.npy"), workers, "val")
        best, history = tune(network, train, val, params.finetune, params.seed)
    with replacing(finetuned) as (draft,):
        save_finetuned(best, data.training_licences, draft)
    write_plot(training_plot, pd.DataFrame(history))
    write_metrics(metrics, summarise(history))


def tune(
    published: SileroVad, train: Features, val: Features, params: Finetune, seed: int
) -> tuple[SileroVad, list[Epoch]]:
    """The branch as it was after the best epoch, and a row of history for each epoch.

    Epoch 0 is the published branch: where no epoch ranks the validation split better, it is kept.
    """
    torch.manual_seed(seed)
    best, network = published, copy.deepcopy(published)
    decoder = [*network.lstm.parameters(), *network.head.parameters()]
    optimizer = torch.optim.Adam(decoder, lr=params.learning_rate)
    sequences = list(train.sequences(round(params.sequence_s * network.geometry.windows_per_s)))
    order = np.random.default_rng(seed)
    score = partial(validate, network, params=params)
    history = [Epoch(0, score(train).loss, *score(val))]
    progress = trange(1, params.epochs + 1, desc="epochs", unit="epoch", disable=None)
    for number in progress:
        shuffled = [sequences[place] for place in order.permutation(len(sequences))]
        train_loss = train_epoch(network, optimizer, batches(train, shuffled, params))
        history.append(Epoch(number, train_loss, *score(val)))
        progress.set_postfix(val_roc_auc=f"{history[-1].val_roc_auc:.4f}")
        if best_epoch(history).epoch == number:
            best = copy.deepcopy(network)
    return best, history


def best_epoch(history: list[Epoch]) -> Epoch:
    """The epoch that ranks the validation split best; the earlier of equals."""
    return max(history, key=lambda epoch: epoch.val_roc_auc)


def summarise(history: list[Epoch]) -> dict[str, float]:
    """What a review should see: the kept epoch beside the published branch."""
    best = best_epoch(history)
    return {
        "best_epoch": best.epoch,
        "published_val_loss": history[0].val_loss,
        "published_val_roc_auc": history[0].val_roc_auc,
        "val_loss": best.val_loss,
        "val_roc_auc": best.val_roc_auc,
    }


if __name__ == "__main__":
    run_stage(main)
