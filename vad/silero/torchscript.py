"""The tensors of a TorchScript file, read without running anything in it.

The file is a zip with a pickle of modules, `data.pkl`, and the bytes of each tensor. torch.jit.load
would run code of the file, such as the `__setstate__` of a module. Here the pickle may build plain
containers, modules without behaviour, and tensors; it may name nothing else.
"""

import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from vad.errors import VadError

STORAGES = {
    "FloatStorage": np.float32,
    "DoubleStorage": np.float64,
    "HalfStorage": np.float16,
    "LongStorage": np.int64,
    "IntStorage": np.int32,
    "BoolStorage": np.bool_,
}
# The published file has 2.2 MB; a pickle or a tensor beyond is another model, or a bomb.
LARGEST_BYTES = 64 * 2**20


class Module:
    """A module of the file: its attributes by name, and nothing that runs."""

    def __setstate__(self, state: object) -> None:
        self.state = state if isinstance(state, dict) else {}


class Storage(NamedTuple):
    """The elements of a tensor as they lie in the file."""

    elements: np.ndarray


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Every tensor of the file by its dotted name; VadError when it is not a TorchScript file."""
    try:
        with zipfile.ZipFile(path) as archive:
            [name] = [n for n in archive.namelist() if PurePosixPath(n).parts[1:] == ("data.pkl",)]
            folder = str(PurePosixPath(name).parent)
            check_size(archive, name)
            with archive.open(name) as file:
                root = Unpickler(file, archive, folder).load()
    except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
        raise VadError(f"{path}: not a readable TorchScript file ({error})") from error
    # The exceptions of an unpickler on bytes that are no pickle of ours.
    except (
        *(pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError),
        *(LookupError, OverflowError, MemoryError, RecursionError),
    ) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise VadError(f"{path}: not a Silero VAD TorchScript file ({reason})") from error
    return dict(named_tensors(root))


def check_size(archive: zipfile.ZipFile, name: str) -> None:
    """UnpicklingError where a member of the file would unpack to more than LARGEST_BYTES."""
    size = archive.getinfo(name).file_size
    if size > LARGEST_BYTES:
        raise pickle.UnpicklingError(f"'{name}' has {size} bytes, at most {LARGEST_BYTES} expected")


class Unpickler(pickle.Unpickler):
    """Builds containers, modules and tensors; UnpicklingError for any other name."""

    def __init__(self, file: IO[bytes], archive: zipfile.ZipFile, folder: str) -> None:
        super().__init__(file)
        self.archive, self.folder = archive, folder

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 (as pickle declares it)
        """The stand-in for a name of the file."""
        if module.startswith("__torch__"):
            return Module
        known = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): rebuild_tensor,
            ("torch.jit._pickle", "build_intlist"): list,
            ("torch.jit._pickle", "build_doublelist"): list,
            ("torch.jit._pickle", "build_boollist"): list,
            ("torch.jit._pickle", "build_tensorlist"): list,
            **{("torch", storage): np.dtype(dtype) for storage, dtype in STORAGES.items()},
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"it names '{module}.{name}', expected tensors alone")
        return known[module, name]

    def persistent_load(self, pid: Any) -> Storage:  # noqa: ANN401 (as pickle declares it)
        """The storage that ("storage", dtype, key, location, element count) refers to."""
        kind, dtype, key, _, count = pid
        if kind != "storage" or not isinstance(dtype, np.dtype) or not str(key).isalnum():
            raise pickle.UnpicklingError("an unknown reference, expected tensors alone")
        name = f"{self.folder}/data/{key}"
        check_size(self.archive, name)
        elements = np.frombuffer(self.archive.read(name), dtype)
        if len(elements) != count:
            raise pickle.UnpicklingError(f"'{name}' has {len(elements)} of {count} elements")
        return Storage(elements)


def rebuild_tensor(
    storage: Storage, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: object
) -> Tensor:
    """The tensor of a shape and strides (elements) in its storage; a copy that owns its memory."""
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if min((offset, *size, *stride)) < 0 or (0 not in size and last >= len(storage.elements)):
        raise pickle.UnpicklingError(f"a tensor of shape {size} lies outside of its storage")
    elements = torch.from_numpy(storage.elements.copy())
    return torch.as_strided(elements, size, stride, offset).clone()


def named_tensors(module: object, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
    """The tensors of a module and of all modules in it, with their dotted names."""
    state: Mapping[str, object] = module.state if isinstance(module, Module) else {}
    for name, value in state.items():
        if isinstance(value, Tensor):
            yield f"{prefix}{name}", value
        elif isinstance(value, Module):
            yield from named_tensors(value, f"{prefix}{name}.")
