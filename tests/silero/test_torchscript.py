"""Tensors of TorchScript files against torch.jit.load, and files that want to run or to break."""

import pickle
import zipfile

import pytest
import torch
from torch import nn

from vad.errors import VadError
from vad.silero import torchscript
from vad.silero.torchscript import read_tensors
from vad.silero.weights import published_path


class Small(nn.Module):
    """Modules in modules, a view of a larger storage, several dtypes, plain attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Conv1d(2, 3, 3), nn.Linear(4, 1).double())
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
def test_tensors_are_those_of_torch(small, which):
    path = small if which == "small" else published_path()
    expected = torch.jit.load(path).state_dict()
    tensors = read_tensors(path)
    for name, tensor in expected.items():
        assert tensors[name].dtype == tensor.dtype
        assert torch.equal(tensors[name], tensor), name


def rewritten(source, target, name, content):
    """The zip `source` with the bytes of one member replaced, or left out where it is None."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for member in old.namelist():
            if not member.endswith(name):
                new.writestr(member, old.read(member))
            elif content is not None:
                new.writestr(member, content)
    return target


class Runs:
    """Unpickled by the ordinary way, it writes a file."""

    def __init__(self, path) -> None:
        self.path = path

    def __reduce__(self):
        return eval, (f"open({str(self.path)!r}, 'w').write('here')",)


def test_code_in_the_pickle_does_not_run(small, tmp_path):
    marker = tmp_path / "marker"
    hostile = rewritten(small, tmp_path / "x.jit", "data.pkl", pickle.dumps(Runs(marker), 2))
    with pytest.raises(VadError, match=r"it names '__builtin__\.eval', expected tensors alone"):
        read_tensors(hostile)
    assert not marker.exists()


def test_code_of_a_module_does_not_run(small, tmp_path):
    """Modules with a __setstate__ in their code are read without it: code members are unread."""
    changed = rewritten(small, tmp_path / "x.jit", ".py", b"raise SystemExit")
    expected = torch.jit.load(small).state_dict()
    assert all(
        torch.equal(read_tensors(changed)[name], tensor) for name, tensor in expected.items()
    )


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("data/0", b"\0" * 3, "buffer size must be a multiple"),
        ("data/0", b"\0" * 8, "elements"),
        ("data/0", None, "no item named"),
        ("data.pkl", None, "not enough values"),
        ("data.pkl", b"", "Ran out of input"),
        ("data.pkl", b"\x80\x02X\xff\xff\xff\x7f", "not a Silero VAD TorchScript file"),
    ],
)
def test_a_damaged_file_is_one_line(small, tmp_path, name, content, reason):
    path = rewritten(small, tmp_path / "x.jit", name, content)
    with pytest.raises(VadError) as error:
        read_tensors(path)
    assert str(error.value).startswith(f"{path}: ")
    assert reason in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("length", [0, 10, 200, -100])
def test_a_cut_file_is_one_line(small, tmp_path, length):
    path = tmp_path / "cut.jit"
    path.write_bytes(small.read_bytes()[:length])
    with pytest.raises(VadError, match="not a readable TorchScript file"):
        read_tensors(path)


def test_a_member_that_unpacks_to_more_than_a_model_is_refused(small, monkeypatch):
    monkeypatch.setattr(torchscript, "LARGEST_BYTES", 10)
    with pytest.raises(VadError, match="at most 10 expected"):
        read_tensors(small)


def test_a_tensor_outside_of_its_storage_is_refused():
    with pytest.raises(pickle.UnpicklingError, match="outside of its storage"):
        torchscript.rebuild_tensor(torchscript.Storage(torch.zeros(4).numpy()), 2, (2, 2), (2, 1))
