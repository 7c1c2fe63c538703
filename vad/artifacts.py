"""Outputs appear whole or not at all, and a failed stage leaves the previous ones in place."""

import json
import math
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

METRIC_DIGITS = 6


@contextmanager
def replacing(*paths: Path) -> Iterator[tuple[Path, ...]]:
    """Temporary siblings of `paths` to write to; all of them move into place at the end.

    A path may become a file or a folder. On any error the temporary ones are removed.
    """
    drafts = tuple(path.with_name(f".{path.name}.draft") for path in paths)
    for draft, path in zip(drafts, paths, strict=True):
        _remove(draft)
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield drafts
        for draft, path in zip(drafts, paths, strict=True):
            if draft.is_dir():
                _remove(path)
            draft.replace(path)
    finally:
        for draft in drafts:
            _remove(draft)


def write_metrics(path: Path, metrics: Mapping[str, Any]) -> None:
    """Write a nested mapping of numbers as JSON, rounded to METRIC_DIGITS places."""
    with replacing(path) as (draft,):
        draft.write_text(json.dumps(_rounded(metrics), indent=2) + "\n", encoding="utf-8")


def write_plot(path: Path, points: pd.DataFrame) -> None:
    """Write the points of a DVC plot as CSV, rounded to METRIC_DIGITS places."""
    with replacing(path) as (draft,):
        points.round(METRIC_DIGITS).to_csv(draft, index=False)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with line feeds on every system."""
    with replacing(path) as (draft,):
        draft.write_text(text, encoding="utf-8", newline="\n")


def _rounded(value: Any) -> Any:  # noqa: ANN401 (mapping, number or text)
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"a metric must be finite, got {value}")
        return round(value, METRIC_DIGITS)
    return value


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
