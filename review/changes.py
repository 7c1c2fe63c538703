"""What differs between a Git revision and the working tree, as DVC tells it."""

from collections.abc import Iterator, Mapping
from contextlib import chdir
from pathlib import Path
from typing import Any, NamedTuple

import dvc.api
from dvc.exceptions import DvcException

from vad.errors import VadError
from vad.schema import shown

Key = tuple[str, ...]
MODEL_SECTIONS = ("published", "finetuned", "difference")
# Four places: machines differ in the sixth.
SHOWN_DIGITS = 4
SMALLEST_CHANGE = 0.5 * 10**-SHOWN_DIGITS


class Change(NamedTuple):
    """A value before and after; None where it is absent."""

    key: Key
    before: Any
    after: Any


class Revision(NamedTuple):
    """Parameters and metrics of a revision, by path of keys."""

    params: Mapping[Key, Any]
    metrics: Mapping[Key, Any]

    def under(self, *path: str) -> dict[Key, Any]:
        """The metrics below a path of keys, without it."""
        length = len(path)
        return {key[length:]: v for key, v in self.metrics.items() if key[:length] == path}


def read_revision(revision: str | None, folder: Path | None = None) -> Revision:
    """A Git revision, None for the working tree, of this repository or of the one in `folder`.

    VadError where DVC cannot read it, or where a metric of a model is no number.
    """
    name = revision or str(folder or "working tree")
    try:
        # DVC clones a repository that it is given by its path, and reads its last commit.
        with chdir(folder or "."):
            params = dvc.api.params_show(rev=revision)
            metrics = dvc.api.metrics_show(rev=revision)
    except (DvcException, OSError, RecursionError) as error:
        raise VadError(f"{name}: {error}") from error
    read = Revision(dict(flat(params)), dict(flat(metrics)))
    for key, value in read.metrics.items():
        is_number = isinstance(value, float | int) and not isinstance(value, bool)
        if key[0] in MODEL_SECTIONS and not is_number:
            raise VadError(f"{name}: '{'.'.join(key)}' is {shown(value)}, expected a number")
    return read


def flat(tree: Mapping[str, Any], path: Key = ()) -> Iterator[tuple[Key, Any]]:
    """The leaves of a nested mapping by path of keys, in order."""
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from flat(value, (*path, str(key)))
        else:
            yield (*path, str(key)), value


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
