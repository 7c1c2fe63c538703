"""Where weights come from and how they are kept.

The published weights lie in the PyPI package silero-vad, as TorchScript. Fine-tuned ones are kept
as safetensors under this repository's own tensor names, each after its branch's sampling rate.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
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
    """Both branches of a model; `tuned_rate` names the one that was fine-tuned first (Hz).

    `tuned_rates` are all that were fine-tuned. `base` is the model that was tuned, `data_licence`
    that of the training data, None where the file does not have one.
    """

    branches: dict[int, SileroVad]
    tuned_rate: int
    tuned_rates: tuple[int, ...]
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

    A published branch stands in for one that the safetensors file lacks. TorchScript has both, and
    `sample_rate` (Hz) is the rate of the sequence file.
    """
    if path.suffix == ".jit":
        branches = load_jit(path)
        return Weights(branches, sample_rate, (*branches,), "Silero VAD v5 or v6 (TorchScript)")
    return load_finetuned(path)


def save_finetuned(networks: Sequence[SileroVad], data_licences: list[str], path: Path) -> None:
    """Write the branches, the first one's rate and the licences; equal content, equal bytes."""
    tensors = {
        f"{network.geometry.sample_rate}.{name}": tensor.contiguous()
        for network in networks
        for name, tensor in network.state_dict().items()
    }
    properties = {
        "sample_rate": networks[0].geometry.sample_rate,
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
    stored = _by_rate(tensors, path)
    tuned_rates = (rate, *(at for at in GEOMETRIES if at != rate and stored[at]))
    branches = {
        at: _load_strictly(at, stored[at], path) if at in tuned_rates else load_published(at)
        for at in GEOMETRIES
    }
    data_licence = None if licence is None else str(licence)
    return Weights(branches, rate, tuned_rates, PUBLISHED_BASE, data_licence)


def _by_rate(tensors: Mapping[str, Tensor], path: Path) -> dict[int, dict[str, Tensor]]:
    """The tensors of each branch under their own names."""
    branches: dict[int, dict[str, Tensor]] = {rate: {} for rate in GEOMETRIES}
    for name, tensor in tensors.items():
        prefix, _, own_name = name.partition(".")
        if prefix not in map(str, GEOMETRIES):
            raise VadError(f"{path}: unexpected tensor '{name}', expected 16000.{name}")
        branches[int(prefix)][own_name] = tensor
    return branches


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
