"""Where weights come from and how they are kept.

The published weights lie in the PyPI package silero-vad, as TorchScript. Fine-tuned ones are kept
as safetensors under this repository's own tensor names, with the sampling rate as metadata.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from vad.errors import VadError
from vad.silero.geometry import GEOMETRIES
from vad.silero.network import SileroVad
from vad.silero.torchscript import read_tensors

# A file of another hash is another model and must be looked at before it is used.
PUBLISHED_BASE = "Silero VAD v6 (silero-vad 6.2.3)"
WEIGHTS_LICENCE = "MIT"
PUBLISHED_SHA256 = "e1122837f4154c511485fe0b9c64455f7b929c96fbb8d79fbdb336383ebd3720"

METADATA_KEY = "silero_vad"

JIT_PREFIXES = {16000: "_model.", 8000: "_model_8k."}
JIT_NAMES = (
    (r"stft\.forward_basis_buffer", "stft_basis"),
    (r"encoder\.(\d)\.reparam_conv\.(weight|bias)", r"encoder.\1.0.\2"),
    (r"decoder\.rnn\.(weight|bias)_(ih|hh)", r"lstm.\1_\2_l0"),
    (r"decoder\.decoder\.2\.(weight|bias)", r"head.\1"),
)


@dataclass(frozen=True)
class Weights:
    """Both branches of a model; `tuned_rate` names the one that was fine-tuned (Hz).

    `base` is the model that was tuned, `data_licence` that of the training data, None where the
    file does not say.
    """

    branches: dict[int, SileroVad]
    tuned_rate: int
    base: str
    data_licence: str | None = None

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
        return Weights(load_jit(path), sample_rate, "Silero VAD v5 or v6 (TorchScript)")
    return load_finetuned(path)


def save_finetuned(network: SileroVad, data_licences: list[str], path: Path) -> None:
    """Write the branch with its rate and the licences; equal content gives equal bytes."""
    tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    properties = {
        "sample_rate": network.geometry.sample_rate,
        "data_licence": "; ".join(data_licences),
    }
    # Under one key: safetensors writes several in another order each time.
    save_file(tensors, path, metadata={METADATA_KEY: json.dumps(properties)})


def load_finetuned(path: Path) -> Weights:
    """The weights in a file that save_finetuned wrote; VadError names what is wrong with it."""
    try:
        with safe_open(path, framework="pt") as file:
            properties = json.loads((file.metadata() or {}).get(METADATA_KEY, "{}"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, ValueError, RecursionError) as error:
        raise VadError(f"{path}: not a readable safetensors file ({error})") from error
    properties = properties if isinstance(properties, dict) else {}
    rate, licence = properties.get("sample_rate"), properties.get("data_licence")
    if not isinstance(rate, int) or rate not in GEOMETRIES:
        raise VadError(
            f"{path}: 'sample_rate' in its metadata is {rate}, expected "
            f"{' or '.join(map(str, GEOMETRIES))}, as stage finetune writes it"
        )
    published = {other: load_published(other) for other in GEOMETRIES if other != rate}
    branches = published | {rate: _load_strictly(rate, tensors, path)}
    return Weights(branches, rate, PUBLISHED_BASE, None if licence is None else str(licence))


def load_jit(path: Path) -> dict[int, SileroVad]:
    """Both branches of a Silero v5/v6 TorchScript file, by sampling rate (Hz)."""
    tensors = read_tensors(path)
    return {
        rate: _load_strictly(rate, _renamed(tensors, prefix), path)
        for rate, prefix in JIT_PREFIXES.items()
    }


def _renamed(stored: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """One branch of a TorchScript file under this repository's names."""
    tensors = {}
    for name, tensor in stored.items():
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
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    where = f"{path}: not a Silero VAD v5/v6 branch for {sample_rate} Hz"
    for name in sorted(expected | shapes):
        if name not in shapes:
            raise VadError(f"{where}: tensor '{name}' is missing, expected {expected[name]}")
        if name not in expected:
            raise VadError(f"{where}: unexpected tensor '{name}' {shapes[name]}")
        if shapes[name] != expected[name]:
            raise VadError(f"{where}: tensor '{name}' is {shapes[name]}, expected {expected[name]}")
        if not tensors[name].is_floating_point() or not tensors[name].isfinite().all():
            raise VadError(f"{where}: tensor '{name}' has values that are not finite numbers")
    network.load_state_dict(tensors)
    return network.eval()
