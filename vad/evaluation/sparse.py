"""Counts of many recordings, of which most are 0: sparse arrays with a row for each."""

import numpy as np
from scipy.sparse import csr_array


class Rows:
    """A sparse array that grows by a row at a time."""

    def __init__(self) -> None:
        self.width = 0
        self.columns: list[np.ndarray] = []
        self.values: list[np.ndarray] = []

    def append(self, row: np.ndarray) -> None:
        """Keep what of `row` [width] is not 0."""
        self.width = len(row)
        self.columns.append(np.flatnonzero(row).astype(np.int32))
        self.values.append(row[self.columns[-1]].astype(np.float64))

    def array(self) -> csr_array:
        """All rows so far, float64 [rows, width]."""
        starts = np.cumsum([0, *map(len, self.columns)])
        parts = (np.concatenate(self.values), np.concatenate(self.columns), starts)
        return csr_array(parts, shape=(len(self.columns), self.width))


def summing(group: np.ndarray, members: np.ndarray, member_count: int) -> csr_array:
    """A matrix [groups, member_count] that adds up `members` by their `group`, counted from 0."""
    ones = np.ones(len(group))
    return csr_array((ones, (group, members)), shape=(int(group.max()) + 1, member_count))
