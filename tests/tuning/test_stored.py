"""Rows in a file, against NumPy's own reading of it."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from vad.tuning.stored import StoredRows, written_rows

ROWS = np.random.default_rng(0).standard_normal((90, 5, 2)).astype(np.float32)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "rows.npy"
    with written_rows(path, ROWS.shape) as write, ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda first: write(first, ROWS[first : first + 20]), range(0, 90, 20)))
        assert not path.exists()
    return path


def test_the_file_is_an_array_of_numpy(path):
    assert np.array_equal(np.load(path), ROWS)
    assert [entry.name for entry in path.parent.iterdir()] == ["rows.npy"]


def test_rows_are_on_the_disk_before_the_file_appears(tmp_path, monkeypatch):
    path, synced = tmp_path / "rows.npy", []
    monkeypatch.setattr(os, "fsync", lambda _: synced.append(path.exists()))
    with written_rows(path, ROWS.shape) as write:
        write(0, ROWS)
    assert synced == [False]


def test_a_disk_without_room_is_named_and_stays_as_it_was(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    path = tmp_path / "rows.npy"
    with pytest.raises(OSError, match=rf"No space left.*{tmp_path}"), written_rows(path, (9, 5)):
        raise AssertionError("there is no room")
    assert list(tmp_path.iterdir()) == []


def test_slices_are_those_of_the_array(path):
    stored = StoredRows(path)
    for rows in (slice(None), slice(3, 17), slice(88, 200), slice(4, 4)):
        assert np.array_equal(stored[rows], ROWS[rows])


def test_a_file_that_is_cut_off_is_named(path):
    os.truncate(path, path.stat().st_size - 1)
    stored = StoredRows(path)
    assert np.array_equal(stored[:89], ROWS[:89])
    with pytest.raises(OSError, match=r"rows\.npy: cut off, expected 90 rows"):
        stored[89:]


def test_no_file_stays_open(path):
    """A folder whose files are open cannot be removed on a network file system."""
    stored = StoredRows(path)
    assert stored[:5].size
    opened = [entry.readlink() for entry in Path("/proc/self/fd").iterdir() if entry.exists()]
    assert path not in opened
