"""What differs between a Git revision and the working tree: parameters, metrics, the evaluation."""

import io
from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path
from typing import Any, NamedTuple

import dvc.api
import numpy as np
import pandas as pd
from dvc.exceptions import DvcException, FileMissingError

from vad.errors import VadError
from vad.schema import Key, flat, shown

TABLE = Path("metrics/evaluation.csv")
NAMES = ["section", "name", "metric"]
NUMBERS = ["published", "finetuned", "difference", "low", "high"]
LARGEST_TABLE = 2**24
# No metric is near it; infinity and numbers of a thousand digits are beyond.
LARGEST_VALUE = 1e15
# Four places: machines differ in the sixth.
SHOWN_DIGITS = 4
SMALLEST_CHANGE = 0.5 * 10**-SHOWN_DIGITS


class Change(NamedTuple):
    """A value before and after; None where it is absent."""

    key: Key
    before: Any
    after: Any


class Revision(NamedTuple):
    """Parameters and metrics of a revision by path of keys, and the table of its evaluation.

    `table` has the columns NAMES and NUMBERS of metrics/evaluation.csv; it may be empty.
    """

    params: Mapping[Key, Any]
    metrics: Mapping[Key, Any]
    table: pd.DataFrame

    def column(self, column: str) -> dict[Key, float]:
        """One of NUMBERS by section, name and metric, where it is defined; `all` has no name."""
        keys = self.table[NAMES].itertuples(index=False)
        values = zip(keys, self.table[column], strict=True)
        return {tuple(filter(None, key)): float(v) for key, v in values if np.isfinite(v)}

    @property
    def recordings(self) -> dict[str, int]:
        """The number of test recordings of each domain."""
        return {key[1]: int(v) for key, v in self.metrics.items() if key[0] == "recordings"}


def read_revision(revision: str | None, folder: Path | None = None) -> Revision:
    """A Git revision, None for the working tree, of this repository or of the one in `folder`.

    VadError where DVC cannot read it, or where a metric is not a number.
    """
    name = revision or str(folder or "working tree")
    try:
        # DVC clones a repository that it is given by its path, and reads its last commit.
        with chdir(folder or "."):
            params = dvc.api.params_show(rev=revision)
            metrics = dvc.api.metrics_show(rev=revision)
            text = dvc.api.read(str(TABLE), rev=revision) if revision else read_text(TABLE)
    except FileMissingError:
        text = ",".join([*NAMES, *NUMBERS])
    except (DvcException, OSError, RecursionError, UnicodeDecodeError) as error:
        raise VadError(f"{name}: {error}") from error
    read = Revision(parameters(params), dict(flat(metrics)), parsed(text, f"{name}: {TABLE}"))
    for key, value in read.metrics.items():
        is_number = isinstance(value, float | int) and not isinstance(value, bool)
        if not (is_number and abs(value) < LARGEST_VALUE):
            raise VadError(f"{name}: '{'.'.join(key)}' is {shown(value)}, expected a number")
    return read


def read_text(path: Path) -> str:
    """The text of a file that whoever asks for a review has written; VadError where it is large."""
    if path.stat().st_size > LARGEST_TABLE:
        raise VadError(f"{path}: larger than {LARGEST_TABLE} bytes")
    return path.read_text(encoding="utf-8")


def parsed(text: str, name: str) -> pd.DataFrame:
    """The table in `text`; VadError, which names it `name`, where it is none."""
    try:
        columns = dict.fromkeys(NAMES, str) | dict.fromkeys(NUMBERS, float)
        rows = pd.read_csv(io.StringIO(text), usecols=[*columns], dtype=columns)
    except (ValueError, pd.errors.ParserError) as error:
        reason = " ".join(str(error).split())
        raise VadError(f"{name}: not the table that stage evaluate writes ({reason})") from error
    return rows.fillna(dict.fromkeys(NAMES, ""))


def parameters(tree: Mapping[str, Any]) -> dict[Key, Any]:
    """Parameters by path of keys, numbers as text: of them, unlike metrics, any digit counts."""
    return {
        key: f"{value:.15g}" if type(value) in (int, float) else value for key, value in flat(tree)
    }


def changes(before: Mapping[Key, Any], after: Mapping[Key, Any]) -> list[Change]:
    """Every key whose value is another one, in the order of `after`, then what is gone."""
    pairs = [Change(key, before.get(key), after.get(key)) for key in {**after, **before}]
    return [pair for pair in pairs if differ(pair.before, pair.after)]


def differ(before: Any, after: Any) -> bool:  # noqa: ANN401 (a number, a text, a list or None)
    """Whether two values are not the same; numbers from the last digit on that is shown."""
    if isinstance(before, float) and isinstance(after, float):
        return abs(after - before) >= SMALLEST_CHANGE
    return before != after


def text(value: Any) -> str:  # noqa: ANN401 (a number, a text, a list or None)
    """A value as it is shown; a dash where it is absent."""
    if value is None:
        return "-"
    # Zero is added so that nothing reads -0.
    return f"{round(value, SHOWN_DIGITS) + 0:g}" if isinstance(value, float) else str(value)
