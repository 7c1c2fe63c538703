"""Files that look like TorchScript: the published one, ones with code in them, and damaged ones."""

import contextlib
import pickle
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from vad.errors import VadError
from vad.silero.torchscript import LARGEST_FILE, read_tensors
from vad.silero.weights import load_jit, published_path

FUZZED_FILES = 300


class Small(torch.nn.Module):
    """Modules in modules, a view of a larger storage, several dtypes, plain attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = torch.nn.Sequential(torch.nn.Conv1d(2, 3, 3), torch.nn.Linear(4, 1).double())
        self.register_buffer("steps", torch.arange(6).reshape(2, 3).t()[1:])
        self.register_buffer("coarse", torch.ones(2, dtype=torch.float16))
        self.sizes = [1, 2, 3]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner[0](x)


@pytest.fixture
def small(tmp_path):
    torch.jit.script(Small()).save(tmp_path / "small.jit")
    return tmp_path / "small.jit"


@pytest.mark.parametrize("which", ["small", "published"])
def test_the_tensors_are_those_of_pytorchs_own_loader(small, which):
    path = small if which == "small" else published_path()
    expected = torch.jit.load(path).state_dict()
    tensors = read_tensors(path)
    assert list(tensors) == list(expected)
    for name, tensor in expected.items():
        array = tensor.numpy()
        assert array.dtype == tensors[name].dtype
        np.testing.assert_array_equal(tensors[name], array, err_msg=name)


class Hook(torch.nn.Module):
    """Writes its text to the file `marker` when PyTorch loads it."""

    def __init__(self, marker: Path) -> None:
        super().__init__()
        self.marker = str(marker)
        self.text = torch.tensor(list(b"the code ran"), dtype=torch.uint8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x

    @torch.jit.export
    def __getstate__(self):
        return (self.marker, self.text, self.training)

    @torch.jit.export
    def __setstate__(self, state: tuple[str, torch.Tensor, bool]):
        self.marker, text, self.training = state
        written = torch.from_file(self.marker, shared=True, size=len(text), dtype=torch.uint8)
        # Were the result not used, TorchScript would leave the writing out.
        self.text = written.copy_(text).clone()


class Carrier(torch.nn.Module):
    def __init__(self, published, marker: Path) -> None:
        super().__init__()
        self._model, self._model_8k = published._model, published._model_8k
        self.hook = Hook(marker)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def test_code_of_a_file_does_not_run(tmp_path):
    path, marker = tmp_path / "carrier.jit", tmp_path / "marker"
    torch.jit.script(Carrier(torch.jit.load(published_path()), marker)).save(path)
    marker.unlink(missing_ok=True)
    with pytest.raises(VadError, match=r"asks for torch\.ByteStorage, expected tensors"):
        load_jit(path)
    assert not marker.exists()
    # The file is what it should be: PyTorch's own loader does run it.
    torch.jit.load(path)
    assert marker.read_bytes() == b"the code ran"


def archive(path: Path, content: bytes, **entries: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("x/data.pkl", content)
        for name, data in entries.items():
            file.writestr(f"x/data/{name.removeprefix('n')}", data)
    return path


class Command:
    def __reduce__(self):
        return print, ("the code ran",)


def storage(key: str, count: int) -> bytes:
    """The opcodes that push a persistent storage."""
    head = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\n"
    return (
        head
        + b"X"
        + len(key).to_bytes(4, "little")
        + key.encode()
        + (b"X\x03\x00\x00\x00cpuJ" + count.to_bytes(4, "little") + b"tQ")
    )


HOSTILE = {
    "a function": (pickle.dumps(Command(), 2), "asks for"),
    "eval": (b"\x80\x02cbuiltins\neval\n(X\x01\x00\x00\x001tR.", "asks for builtins.eval"),
    "os.system": (b"\x80\x02cposix\nsystem\nX\x02\x00\x00\x00id\x85R.", "asks for posix.system"),
    "dotted name": (b"\x80\x02c__torch__\nos.system\n.", "asks for"),
    "protocol 4": (pickle.dumps({"a": 1}, 4), "data.pkl has FRAME"),
    "memo far away": (b"\x80\x02}r\xff\xff\xff\x7f.", "data.pkl has LONG_BINPUT"),
    "cut off": (b"\x80\x02}", "not a readable"),
    "no pickle": (b"hello", "not a readable"),
    "no module": (b"\x80\x02}.", "tensor 'encoder.0.0.bias' is missing"),
    "module in itself": (
        b"\x80\x02c__torch__.M\nM\n)\x81q\x00}X\x01\x00\x00\x00ah\x00sb.",
        "a module in itself",
    ),
    "larger than announced": (b"\x80\x02" + storage("0", 1) + b".", "expected at most 4"),
    "absent": (b"\x80\x02" + storage("7", 1) + b".", "no item named"),
    "elsewhere": (b"\x80\x02" + storage("../9", 1) + b".", "invalid literal"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_pickle_is_refused_in_one_line(tmp_path, name, capsys):
    content, message = HOSTILE[name]
    path = archive(tmp_path / "a.jit", content, n0=b"\0" * 4096)
    with pytest.raises(VadError, match=message) as caught:
        load_jit(path)
    assert str(path) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert capsys.readouterr().out == ""


def rewritten(source: Path, target: Path, name: str, content: bytes | None) -> Path:
    """The zip `source` with the bytes of one member replaced, or left out where it is None."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for member in old.namelist():
            if not member.endswith(name):
                new.writestr(member, old.read(member))
            elif content is not None:
                new.writestr(member, content)
    return target


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("data/0", b"\0" * 3, "3 bytes, expected whole"),
        ("data/0", b"\0" * 8, "strides is incompatible with shape"),
        ("data/0", None, "no item named"),
        ("data.pkl", None, "no item named"),
        ("data.pkl", b"", "not a readable TorchScript file"),
        ("data.pkl", b"\x80\x02X\xff\xff\xff\x7f", "not a readable TorchScript file"),
    ],
)
def test_a_damaged_member_is_one_line(small, tmp_path, name, content, reason):
    path = rewritten(small, tmp_path / "x.jit", name, content)
    with pytest.raises(VadError, match=reason) as error:
        read_tensors(path)
    assert str(error.value).startswith(f"{path}: ")
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("length", [0, 10, 200, -100])
def test_a_cut_file_is_one_line(small, tmp_path, length):
    path = tmp_path / "cut.jit"
    path.write_bytes(small.read_bytes()[:length])
    with pytest.raises(VadError, match="not a readable TorchScript file"):
        read_tensors(path)


def test_a_tensor_may_not_leave_its_storage(tmp_path):
    content = (
        b"\x80\x02c__torch__.M\nM\n)\x81}X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n("
        + storage("0", 2)
        + b"K\x00M\x00\x10\x85K\x01\x85tRsb."
    )
    with pytest.raises(VadError, match="strides is incompatible with shape"):
        read_tensors(archive(tmp_path / "a.jit", content, n0=b"\0" * 8))


def test_a_bomb_is_not_unpacked(tmp_path):
    """Many storages, each of few bytes in the file and of megabytes outside of it."""
    content = b"\x80\x02(" + b"".join(storage(str(n), 2**22) for n in range(8)) + b"t."
    data = {f"n{n}": bytes(2**24) for n in range(8)}
    path = archive(tmp_path / "a.jit", content, **data)
    assert path.stat().st_size < 2**20
    with pytest.raises(VadError, match="expected at most 0"):
        read_tensors(path)


def test_a_huge_file_is_not_read(tmp_path):
    path = tmp_path / "a.jit"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    with pytest.raises(VadError, match=rf"{LARGEST_FILE + 1} bytes, expected at most"):
        read_tensors(path)


@pytest.mark.parametrize("count", [FUZZED_FILES, pytest.param(3000, marks=pytest.mark.slow)])
def test_damaged_files_are_faults(tmp_path, count):
    """Bytes of the pickle and of the zip's own structures change, or its end is missing."""
    draw, whole = random.Random(count), published_path().read_bytes()
    with zipfile.ZipFile(published_path()) as file:
        entry = next(info for info in file.infolist() if info.filename.endswith("/data.pkl"))
    pickled = whole.index(b"\x80\x02", entry.header_offset)
    spans = [(pickled, pickled + entry.file_size), (len(whole) - 12000, len(whole))]
    for _ in range(count):
        content = bytearray(whole)
        for _ in range(draw.choice((1, 3, 20))):
            content[draw.randrange(*draw.choice(spans))] = draw.randrange(256)
        if draw.random() < 0.1:
            del content[draw.randrange(len(content)) :]
        (tmp_path / "a.jit").write_bytes(content)
        with contextlib.suppress(VadError):
            load_jit(tmp_path / "a.jit")
