"""What a run was: its training data, the epoch that was kept, and the parameters it changed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from vad.params import Params, load_params
from vad.prepared.summary import DataRow, training_hours
from vad.report.measures import enumerated
from vad.report.templates import duration
from vad.schema import flat

DEFAULTS = Path(__file__).with_name("defaults.yaml")


class Changed(NamedTuple):
    """A parameter by its name in params.yaml, its value and the default, as text."""

    name: str
    value: str
    default: str


def changed_parameters(params: Params) -> list[Changed]:
    """The parameters that are not as in `defaults.yaml`, in the order of the schema."""
    defaults = as_text(load_params(DEFAULTS).model_dump())
    values = as_text(params.model_dump())
    return [
        Changed(name, value, defaults[name])
        for name, value in values.items()
        if value != defaults[name]
    ]


def as_text(values: Mapping[str, Any]) -> dict[str, str]:
    """Each parameter by its dotted name, as params.yaml writes it."""
    return {
        ".".join(key): " ".join(map(written, value)) if isinstance(value, tuple) else written(value)
        for key, value in flat(values)
    }


def written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def training_sentence(data: Sequence[DataRow], training: pd.DataFrame | None) -> str:
    """What the model was tuned on and which epoch was kept; empty where neither is known."""
    parts = []
    own = [row for row in data if (row.role, row.split) == ("speech", "train")]
    if own:
        names = enumerated([*dict.fromkeys(row.corpus for row in own)])
        parts.append(f"on {duration(training_hours(own, 'speech'))} of {names}")
    if training is not None:
        kept = kept_epoch(training)
        chosen = {None: "", 0: ", none of which was better than the published weights"}
        ending = chosen.get(kept, f", of which epoch {kept} was kept")
        parts.append(f"in {training['epoch'].max()} epochs{ending}")
    return f"Tuned {' '.join(parts)}." if parts else ""


def kept_epoch(training: pd.DataFrame) -> int | None:
    """The epoch in the last of the rows, which is the calibrated one; None where none is."""
    last = training.iloc[-1]
    return int(last["epoch"]) if last["weights"] == "calibrated" else None
