"""Tune the network on the prepared audio and keep the epoch that validates best."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import torch

from vad.artifacts import locked, replacing, together, write_metrics, write_plot
from vad.command import run_stage
from vad.errors import VadError
from vad.params import Finetune, Params
from vad.prepared import Prepared
from vad.silero.geometry import GEOMETRIES
from vad.silero.network import weights_of
from vad.silero.weights import save_finetuned
from vad.tuning.branches import Branch, tune_branch
from vad.tuning.checkpoints import run_key, work_folder
from vad.tuning.history import Epoch
from vad.tuning.process_group import ProcessGroup, process_group
from vad.workers import worker_count


def main(
    prepared: Annotated[Path, "folder of stage prepare"],
    finetuned: Annotated[Path, "safetensors file to write the tuned weights to"],
    metrics: Annotated[Path, "JSON to write the number of the kept epoch to"],
    training_plot: Annotated[Path, "CSV to write a row for each epoch to"],
    *,
    params: Params,
) -> None:
    """Tune the published branch for the rate of `prepared`; write weights, metrics and a plot.

    With `finetune.both_rates` the 8 kHz branch is tuned as well, on the same recordings. The plot
    grows with each epoch; all three appear together at the end. An interrupted run resumes after
    its last whole epoch.
    """
    data = Prepared(prepared)
    # One thread for each part of a step: the sums, and so the bytes, are those of any machine.
    torch.set_num_threads(1)
    with ExitStack() as stack:
        group = stack.enter_context(process_group(worker_count()))
        if group.is_first:
            stack.enter_context(locked(finetuned, metrics, training_plot))
        key = run_key(prepared, f"{params.seed} {params.finetune.model_dump_json()}", group)
        folder = stack.enter_context(work_folder(finetuned, key, group))
        branches = tuned_branches(data, params, group, folder, training_plot)
        if group.is_first:
            with together(), replacing(finetuned) as (draft,):
                tuned = [weights_of(branch.network) for branch in branches.values()]
                save_finetuned(tuned, data.training_licences, draft)
                write_metrics(metrics, best_epochs(branches))
                write_plot(training_plot, training_table(rows_of(branches)))
            print(*map(outcome, branches.values()), sep="\n")


def tuned_rates(prepared_rate: int, params: Finetune) -> list[int]:
    """The rates of the branches to tune (Hz), that of the prepared audio first."""
    if not params.both_rates:
        return [prepared_rate]
    if prepared_rate != max(GEOMETRIES):
        raise VadError(
            f"finetune.both_rates is true, expected 'sample_rate: {max(GEOMETRIES)}' with it: "
            f"audio at {prepared_rate} Hz has nothing for the other branch to learn"
        )
    return sorted(GEOMETRIES, reverse=True)


def tuned_branches(
    data: Prepared, params: Params, group: ProcessGroup, folder: Path, training_plot: Path
) -> dict[int, Branch]:
    """The tuned branches by rate (Hz); the plot grows with each epoch."""
    branches: dict[int, Branch] = {}
    for rate in tuned_rates(data.geometry.sample_rate, params.finetune):

        def show(history: list[Epoch], rate: int = rate) -> None:
            write_plot(training_plot, training_table(rows_of(branches) | {rate: history}))

        branches[rate] = tune_branch(rate, data, params.finetune, params.seed, group, folder, show)
    return branches


def rows_of(branches: Mapping[int, Branch]) -> dict[int, list[Epoch]]:
    return {rate: branch.rows for rate, branch in branches.items()}


def best_epochs(branches: Mapping[int, Branch]) -> dict[str, Any]:
    """The number of the kept epoch, and that of another branch under its rate."""
    (_, first), *further = branches.items()
    numbers = {f"branch_{rate}": {"best_epoch": branch.best_epoch} for rate, branch in further}
    return {"best_epoch": first.best_epoch, **numbers}


def training_table(rows: Mapping[int, list[Epoch]]) -> pd.DataFrame:
    """A row for each epoch and one for calibrated weights: columns of each branch by its rate.

    The column `weights` names what a row scores: epoch 0 is the published model. Only columns of
    the first branch have no rate in their name.
    """
    (_, first), *further = rows.items()
    table = pd.DataFrame(first)
    names = table["epoch"].map(lambda epoch: "trained" if epoch else "published")
    if "scale" in table:
        names = names.mask(table["scale"].notna(), "calibrated")
    table.insert(1, "weights", names)
    for rate, other in further:
        table = table.join(pd.DataFrame(other).add_prefix(f"branch_{rate}_"))
    return table


def outcome(branch: Branch) -> str:
    """The line that ends a training: the kept epoch, and what it gained on validation."""
    published, final = branch.rows[0], branch.final
    rate, last = branch.network.geometry.sample_rate, int(max(r["epoch"] for r in branch.rows))
    if not branch.best_epoch:
        return f"{rate} Hz: kept the published weights, none of {last} epochs is better"
    gains = [
        f"{title} {published[key]:.3f} -> {final[key]:.3f}"
        for title, key in (("loss", "val_loss"), ("F1", "val_f1"), ("ROC-AUC", "val_roc_auc"))
    ]
    kept = f"{rate} Hz: kept epoch {branch.best_epoch} of {last}"
    return f"{kept}, on your validation recordings {', '.join(gains)}"


if __name__ == "__main__":
    run_stage(main)
