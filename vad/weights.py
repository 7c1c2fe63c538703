"""Where weights come from and how they are kept.

The published weights lie in the PyPI package silero-vad, as TorchScript. Fine-tuned ones are kept
as safetensors under this repository's own tensor names, with the sampling rate as metadata.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from vad.errors import VadError
from vad.network import GEOMETRIES, SileroVad

# silero-vad 6.2.3; a changed file is another model and must be looked at before it is used.
PUBLISHED_SHA256 = "e1122837f4154c511485fe0b9c64455f7b929c96fbb8d79fbdb336383ebd3720"

JIT_PREFIXES = {16000: "_model.", 8000: "_model_8k."}
JIT_NAMES = (
    (r"stft\.forward_basis_buffer", "stft_basis"),
    (r"encoder\.(\d)\.reparam_conv\.(weight|bias)", r"encoder.\1.0.\2"),
    (r"decoder\.rnn\.(weight|bias)_(ih|hh)", r"lstm.\1_\2_l0"),
    (r"decoder\.decoder\.2\.(weight|bias)", r"head.\1"),
)


@dataclass(frozen=True)
class Weights:
    """Both branches of a model; `tuned_rate` names the one that was fine-tuned (Hz)."""

    branches: dict[int, SileroVad]
    tuned_rate: int

    @property
    def tuned(self) -> SileroVad:
        return self.branches[self.tuned_rate]


def published_path(name: str = "silero_vad.jit") -> Path:
    """A data file of the installed package, found without importing it.

    Its import sets the process to one thread.
    """
    return Path(str(metadata.distribution("silero-vad").locate_file(f"silero_vad/data/{name}")))


def load_published(sample_rate: int) -> SileroVad:
    """The published branch for `sample_rate`; VadError when the package holds another file."""
    path = published_path()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != PUBLISHED_SHA256:
        raise VadError(f"{path}: SHA-256 is {digest}, expected {PUBLISHED_SHA256}")
    return load_jit(path)[sample_rate]


def load_weights(path: Path, sample_rate: int) -> Weights:
    """Weights from a safetensors file of this pipeline or any Silero v5/v6 TorchScript file.

    A safetensors file holds one branch and its rate, and the published branch stands in for the
    other; TorchScript holds both, and `sample_rate` (Hz) says which of them counts as tuned.
    """
    if path.suffix == ".jit":
        return Weights(load_jit(path), sample_rate)
    tuned = load_finetuned(path)
    branches = {rate: load_published(rate) for rate in GEOMETRIES}
    return Weights(branches | {tuned.geometry.sample_rate: tuned}, tuned.geometry.sample_rate)


def save_finetuned(network: SileroVad, path: Path) -> None:
    """Write the branch with its rate; equal weights give equal bytes."""
    tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    save_file(tensors, path, metadata={"sample_rate": str(network.geometry.sample_rate)})


def load_finetuned(path: Path) -> SileroVad:
    """The branch in a file that save_finetuned wrote; VadError names what is wrong with it."""
    try:
        with safe_open(path, framework="pt") as file:
            sample_rate = (file.metadata() or {}).get("sample_rate", "")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise VadError(f"{path}: not a readable safetensors file ({error})") from error
    if sample_rate not in map(str, GEOMETRIES):
        raise VadError(
            f"{path}: metadata 'sample_rate' is '{sample_rate}', expected one of "
            f"{', '.join(map(str, GEOMETRIES))}; was it written by stages.finetune?"
        )
    return _load_strictly(int(sample_rate), tensors, path)


def load_jit(path: Path) -> dict[int, SileroVad]:
    """Both branches of a Silero v5/v6 TorchScript file, by sampling rate (Hz)."""
    try:
        published = torch.jit.load(path, map_location="cpu").state_dict()
    except (OSError, RuntimeError, ValueError) as error:
        raise VadError(f"{path}: not a readable TorchScript file ({error})") from error
    return {
        rate: _load_strictly(rate, _renamed(published, prefix), path)
        for rate, prefix in JIT_PREFIXES.items()
    }


def _renamed(published: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """One branch of a TorchScript state dict under this repository's names."""
    tensors = {}
    for name, tensor in published.items():
        if name.startswith(prefix):
            tensors[_own_name(name.removeprefix(prefix))] = tensor
    if "head.weight" in tensors:
        tensors["head.weight"] = tensors["head.weight"].squeeze(-1)
    return tensors


def _own_name(jit_name: str) -> str:
    for pattern, replacement in JIT_NAMES:
        if match := re.fullmatch(pattern, jit_name):
            return match.expand(replacement)
    return jit_name


def _load_strictly(sample_rate: int, tensors: Mapping[str, Tensor], path: Path) -> SileroVad:
    network = SileroVad(sample_rate)
    expected = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    where = f"{path}: not a Silero VAD v5/v6 branch for {sample_rate} Hz"
    for name in sorted(expected | found):
        if name not in found:
            raise VadError(f"{where}: tensor '{name}' is missing, expected {expected[name]}")
        if name not in expected:
            raise VadError(f"{where}: unexpected tensor '{name}' {found[name]}")
        if found[name] != expected[name]:
            raise VadError(f"{where}: tensor '{name}' is {found[name]}, expected {expected[name]}")
    network.load_state_dict(tensors)
    return network.eval()
