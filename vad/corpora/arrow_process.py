"""The process that reads tables first: damaged ones can end it, or take all memory there is.

A JSON list of paths in, a line of JSON for each out: an empty text where the whole table can be
read, else the reason. Run as a script. Flipped bits in a table have made pyarrow end its process
and ask for terabytes.
"""

import json
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow
from pyarrow import feather, parquet

from vad.interruption import end_with_parent

# Address space for a table of so many bytes: packed numbers become objects of Python.
LEAST_MEMORY = 4 * 2**30
MEMORY_PER_BYTE = 128
# Processor time for a table, and how much of it is read in a second at the least.
LEAST_TIME_S = 20
BYTES_PER_S = 10**7


def main(kind: str, parent: int, paths: list[str]) -> None:
    """Read each table and write its line; a damaged one may end the process in its place."""
    end_with_parent(parent, lambda: os._exit(1))
    for path in paths:
        size = Path(path).stat().st_size
        _limit(resource.RLIMIT_AS, LEAST_MEMORY + MEMORY_PER_BYTE * size)
        used_s = sum(os.times()[:2])
        _limit(resource.RLIMIT_CPU, int(used_s + LEAST_TIME_S + size / BYTES_PER_S))
        print(json.dumps(reason_against(kind, path)), flush=True)


def reason_against(kind: str, path: str) -> str:
    """Why a table cannot be read; empty where it can."""
    try:
        for table in tables_in(kind, path):
            # Offsets of lists and texts that lead out of the file are seen by this alone.
            table.validate(full=True)
            for column in table.columns:
                column.to_pylist()
    except (ValueError, TypeError, LookupError, ArithmeticError, OSError) as error:
        return str(error) or type(error).__name__
    except (MemoryError, SystemError, pyarrow.ArrowException) as error:
        return f"damaged: {error or type(error).__name__}"
    return ""


def tables_in(kind: str, path: str) -> Iterator[pyarrow.Table]:
    """The table in a file, whole or by its row groups."""
    if kind == "Feather":
        yield feather.read_table(path, use_threads=False)
        return
    file = parquet.ParquetFile(path)
    for group in range(file.num_row_groups):
        yield file.read_row_group(group, use_threads=False)


def _limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), json.load(sys.stdin))
