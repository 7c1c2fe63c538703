"""Rows of a NumPy file that are read and written a stretch at a time.

They are not mapped: mapped pages count as memory of the process, and features are larger than that.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np


class StoredRows:
    """The rows of the array in the file at `path`; a slice of them is read when it is used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            np.lib.format.read_magic(file)
            shape, _, self.dtype = np.lib.format.read_array_header_1_0(file)
            self.first_byte = file.tell()
        self.row_count, *self.row_shape = shape

    def __getitem__(self, rows: slice) -> np.ndarray:
        start, stop, _ = rows.indices(self.row_count)
        row_size = int(np.prod(self.row_shape))
        offset = self.first_byte + start * row_size * self.dtype.itemsize
        count = (stop - start) * row_size
        values = np.fromfile(self.path, self.dtype, count, offset=offset)
        if len(values) != count:
            raise OSError(f"{self.path}: cut off, expected {self.row_count} rows")
        return values.reshape(stop - start, *self.row_shape)


@contextmanager
def written_rows(path: Path, shape: tuple[int, ...]) -> Iterator[Callable[[int, np.ndarray], None]]:
    """A function that writes float32 rows from a row number on, from any thread.

    The file at `path` appears at the end, once all of it is on the disk: else a power failure could
    leave zeros in it. OSError where the disk lacks room for `shape`; nothing is left there then.
    """
    draft = path.with_suffix(".draft")
    dtype = np.dtype(np.float32)
    header = {"descr": dtype.str, "fortran_order": False, "shape": shape}
    row_bytes = dtype.itemsize * int(np.prod(shape[1:]))
    with draft.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        file.flush()
        first_byte = file.tell()
        try:
            os.posix_fallocate(file.fileno(), 0, first_byte + shape[0] * row_bytes)
        except OSError as error:
            draft.unlink()
            raise OSError(error.errno, error.strerror, str(draft)) from error

        def write(first_row: int, values: np.ndarray) -> None:
            content = np.ascontiguousarray(values, dtype).data
            written = os.pwrite(file.fileno(), content, first_byte + first_row * row_bytes)
            if written != content.nbytes:
                raise OSError(f"{draft}: {written} of {content.nbytes} bytes were written")

        yield write
        os.fsync(file.fileno())
    draft.replace(path)
