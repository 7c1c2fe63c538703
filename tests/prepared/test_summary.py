"""Figures of prepared audio against sums by hand, and splits that cannot be used."""

import numpy as np
import pandas as pd
import pytest

from vad.corpora.card import SPLITS
from vad.errors import VadError
from vad.prepared import INTERVALS, LABELS, RECORDINGS, Prepared
from vad.prepared.summary import (
    DataRow,
    check_splits,
    check_windows,
    summarise,
    training_hours,
)

RATE = 16000


def prepared(folder, rows: list[dict], intervals: list[tuple]) -> Prepared:
    """Tables with `rows` of one hour each unless they have `sample_count`."""
    defaults = dict.fromkeys(LABELS, "x") | {
        "corpus": "calls",
        "role": "speech",
        "split": "train",
        "condition": "clean",
        "block": 0,
        "shard": "s",
        "start_sample": 0,
        "sample_count": 3600 * RATE,
        "sample_rate": RATE,
    }
    pd.DataFrame([defaults | row for row in rows]).to_parquet(folder / RECORDINGS)
    columns = ["clip", "kind", "start_sample", "end_sample"]
    pd.DataFrame(intervals, columns=columns).to_parquet(folder / INTERVALS)
    return Prepared(folder)


def test_hours_and_shares_are_those_of_the_annotated_part(tmp_path) -> None:
    rows = [{"name": "a"}, {"name": "a", "block": 1}, {"name": "b", "split": "test"}]
    rows.append({"name": "a", "condition": "copy_0"})
    rows.append({"name": "n", "role": "noise"})
    hour = 3600 * RATE
    intervals = [
        (0, "annotated", 0, hour),
        (0, "speech", 0, hour // 2),
        (1, "annotated", 0, hour // 2),
        (2, "annotated", 0, hour),
        (3, "annotated", 0, hour),
        (3, "speech", 0, hour),
        (4, "annotated", 0, hour // 4),
    ]
    summary = summarise(prepared(tmp_path, rows, intervals))
    rows = {(row.role, row.split): row for row in summary}
    train = rows["speech", "train"]
    assert train.recordings == 1
    assert train.hours == pytest.approx(1.5)
    assert train.speech_share == pytest.approx(1 / 3)
    assert rows["speech", "test"].speech_share == 0
    assert rows["noise", "train"] == DataRow("calls", "noise", "train", "x", 1, 0.25)
    assert training_hours(summary, "speech") == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("speech", "content"), [([], "no"), ([(0, 200), (600, 800)], "no"), ([(100, 2048)], "every")]
)
def test_a_split_needs_windows_of_both_classes(tmp_path, speech, content) -> None:
    (tmp_path / "shards").mkdir()
    (tmp_path / "shards" / "s").write_bytes(bytes(2 * 2048))
    rows = [{"name": "a", "sample_count": 2048}]
    intervals = [(0, "annotated", 0, 2048), *((0, "speech", *edges) for edges in speech)]
    with pytest.raises(VadError, match=f"split 'train': {content} window is speech, expected both"):
        check_windows(prepared(tmp_path, rows, intervals), ["train"])
    intervals += [(1, "annotated", 0, 2048), (1, "speech", 512, 1024)]
    check_windows(prepared(tmp_path, rows * 2, intervals), ["train"])


def row(split: str, share: float, corpus: str = "calls") -> DataRow:
    return DataRow(corpus, "speech", split, "x", 1, 1.0, share)


def shares(train: float | None, val: float | None, test: float | None) -> list[DataRow]:
    values = {"train": train, "val": val, "test": test}
    return [row(split, share) for split, share in values.items() if share is not None]


def test_both_classes_in_every_split_are_needed() -> None:
    check_splits(shares(0.5, 0.4, 0.3), SPLITS)
    for summary, expected in (
        (shares(0.5, None, 0.3), "split 'val' has no speech recordings, expected at least one"),
        (shares(0.5, 0.0, 0.3), "split 'val' holds no speech .corpora calls., expected both"),
        (shares(1.0, 0.5, 0.3), "split 'train' holds nothing but speech"),
        ([], "split 'train' has no speech recordings"),
    ):
        with pytest.raises(VadError, match=expected):
            check_splits(summary, SPLITS)


def test_one_corpus_with_both_classes_is_enough() -> None:
    summary = [*shares(1.0, 0.5, 0.5), row("train", 0.0, "other")]
    check_splits(summary, SPLITS)
    assert np.isclose(training_hours(summary, "speech"), 2.0)
