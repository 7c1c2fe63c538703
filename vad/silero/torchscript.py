"""The tensors of a TorchScript file, read without PyTorch, whose loader runs code from the file.

A TorchScript file is a zip: `data.pkl` is a pickle of the module and its submodules, `data/N` the
numbers of tensor N, `code/` the source of their methods. Here the code is not read at all, and the
pickle can build tensors, modules without methods, and plain values.
"""

import pickle
import pickletools
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vad.errors import VadError

# The published file has 2.3 MB, its data.pkl 6 kB, its module 110 values.
LARGEST_FILE = 64 * 2**20
LARGEST_PICKLE = 2**20
MOST_VALUES = 10_000
DEEPEST_MODULE = 20
LONGEST_NAME = 1000

DTYPES = {"FloatStorage": np.dtype("<f4"), "DoubleStorage": np.dtype("<f8")}
DTYPES |= {"HalfStorage": np.dtype("<f2"), "LongStorage": np.dtype("<i8")}
DTYPES |= {"IntStorage": np.dtype("<i4"), "BoolStorage": np.dtype(bool)}
# All that TorchScript writes, see torch/csrc/jit/serialization/pickler.cpp.
OPCODES = {
    *("PROTO", "STOP", "MARK", "NONE", "NEWTRUE", "NEWFALSE", "BINPUT", "LONG_BINPUT", "BINGET"),
    *("LONG_BINGET", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "GLOBAL"),
    *("EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "EMPTY_LIST", "APPEND", "APPENDS"),
    *("EMPTY_DICT", "SETITEM", "SETITEMS", "BINPERSID", "REDUCE", "NEWOBJ", "BUILD"),
}
# What a damaged pickle or zip raises, each seen under fuzzing or named in their documentation.
DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, pickle.UnpicklingError, EOFError, ValueError, TypeError),
    *(LookupError, AttributeError, ArithmeticError, RuntimeError, MemoryError, OSError),
)


class Module:
    """A module without its methods; pickle sets its attributes."""


class Storage(NamedTuple):
    """The numbers of one tensor or more, as bytes."""

    dtype: np.dtype
    content: bytes


class StoredTensor(NamedTuple):
    """A tensor as the pickle describes it: offset, size and stride are counted in elements."""

    storage: Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]

    def array(self) -> np.ndarray:
        """The tensor as an array; ValueError where it is larger than its storage."""
        dtype, content = self.storage
        if len(content) % dtype.itemsize:
            raise ValueError(f"a storage has {len(content)} bytes, expected whole {dtype.name}")
        strides = [step * dtype.itemsize for step in self.stride]
        return np.ndarray(self.size, dtype, content, self.offset * dtype.itemsize, strides)


def read_tensors(path: Path) -> dict[str, np.ndarray]:
    """The tensors in a TorchScript file by dotted name; nothing in the file is executed.

    Tensors without an element, such as a state before the first call, are left out. VadError when
    the file is not a TorchScript file, is damaged, or asks for anything but tensors.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise ValueError(f"{size} bytes, expected at most {LARGEST_FILE}")
        with zipfile.ZipFile(path) as archive:
            return dict(_tensors_in(_load(archive), "", [MOST_VALUES]))
    except DAMAGED as error:
        reason = str(error) or type(error).__name__
        raise VadError(f"{path}: not a readable TorchScript file ({reason})") from error


def _load(archive: zipfile.ZipFile) -> object:
    root = archive.namelist()[0].partition("/")[0]
    content = _read(archive, f"{root}/data.pkl", LARGEST_PICKLE)
    for opcode, argument, _ in pickletools.genops(content):
        # A place in the memo takes memory, all places below it too.
        is_far = "PUT" in opcode.name and int(argument or 0) > len(content)
        if opcode.name not in OPCODES or is_far:
            raise ValueError(f"data.pkl has {opcode.name} {argument or ''}, expected tensors")
    return _Unpickler(BytesIO(content), archive, root).load()


def _read(archive: zipfile.ZipFile, name: str, most_bytes: int) -> bytes:
    size = archive.getinfo(name).file_size
    if size > most_bytes:
        raise ValueError(f"{name} has {size} bytes, expected at most {most_bytes}")
    return archive.read(name)


class _Unpickler(pickle.Unpickler):
    """Builds tensors, modules without methods and plain values; VadError at anything else."""

    def __init__(self, file: BytesIO, archive: zipfile.ZipFile, root: str) -> None:
        super().__init__(file)
        self.archive, self.root = archive, root
        self.storages: dict[str, Storage] = {}
        self.bytes_left = LARGEST_FILE
        # Of this file alone: a pickle can set attributes of the class.
        self.module_class = type("Module", (Module,), {})

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 (a class or a function)
        if module.startswith("__torch__."):
            return self.module_class
        if module == "torch" and name in DTYPES:
            return DTYPES[name]
        # Functions of this call alone: a pickle can set attributes of them as well.
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, size, stride, *_: StoredTensor(
                storage, offset, size, stride
            )
        if (module, name) == ("collections", "OrderedDict"):
            return dict
        if module == "torch.jit._pickle" and name.startswith("build_"):
            return lambda values: values
        raise ValueError(f"data.pkl asks for {module}.{name}, expected tensors")

    def persistent_load(self, identity: Any) -> Storage:  # noqa: ANN401 (whatever the file has)
        kind, dtype, key, _device, count = identity
        if kind != "storage" or not isinstance(dtype, np.dtype):
            raise ValueError(f"data.pkl has {kind}, expected a storage")
        if key not in self.storages:
            most_bytes = min(int(count) * dtype.itemsize, self.bytes_left)
            content = _read(self.archive, f"{self.root}/data/{int(key)}", most_bytes)
            self.bytes_left -= len(content)
            self.storages[key] = Storage(dtype, content)
        return self.storages[key]


def _tensors_in(value: object, name: str, budget: list[int]) -> Iterator[tuple[str, np.ndarray]]:
    """The tensors of a module and its submodules; `budget` is how many values may follow."""
    budget[0] -= 1
    if budget[0] < 0 or name.count(".") > DEEPEST_MODULE or len(name) > LONGEST_NAME:
        raise ValueError(f"more than {MOST_VALUES} values, too long a name, or a module in itself")
    if isinstance(value, StoredTensor):
        array = value.array()
        if array.size:
            yield name, array
    elif isinstance(value, Module):
        for key, part in vars(value).items():
            yield from _tensors_in(part, f"{name}.{key}" if name else str(key), budget)
