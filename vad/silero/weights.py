"""Where weights come from and how they are kept, as arrays: a network needs PyTorch, they do not.

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

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from vad.errors import VadError
from vad.silero.geometry import ENCODER_CHANNELS, GEOMETRIES, STATE_SIZE, TAP_COUNT, Geometry
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
class BranchWeights:
    """The weights of one branch, float32 arrays by the names that SileroVad gives its tensors."""

    geometry: Geometry
    tensors: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Weights:
    """Both branches of a model; `tuned_rate` names the one that was fine-tuned first (Hz).

    `tuned_rates` are all that were fine-tuned. `base` is the model that was tuned, `data_licence`
    that of the training data, None where the file does not have one.
    """

    branches: dict[int, BranchWeights]
    tuned_rate: int
    tuned_rates: tuple[int, ...]
    base: str
    data_licence: str | None = None

    @property
    def tuned(self) -> BranchWeights:
        return self.branches[self.tuned_rate]


def published_path(name: str = "silero_vad.jit") -> Path:
    """A data file of the installed package, found without importing it.

    Its import sets the process to one thread.
    """
    return Path(str(metadata.distribution("silero-vad").locate_file(f"silero_vad/data/{name}")))


def load_published(sample_rate: int) -> BranchWeights:
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


def save_finetuned(branches: Sequence[BranchWeights], licences: list[str], path: Path) -> None:
    """Write the branches, the first one's rate and the licences of the training data.

    Equal content gives equal bytes.
    """
    tensors = {
        f"{branch.geometry.sample_rate}.{name}": np.ascontiguousarray(array)
        for branch in branches
        for name, array in branch.tensors.items()
    }
    properties = {
        "sample_rate": branches[0].geometry.sample_rate,
        "data_licence": "; ".join(licences),
    }
    # Under one key: safetensors writes several in another order each time.
    save_file(tensors, path, metadata={METADATA_KEY: json.dumps(properties)})


def load_finetuned(path: Path) -> Weights:
    """The weights in a file that save_finetuned wrote; VadError names what is wrong with it."""
    try:
        with safe_open(path, framework="np") as file:
            properties = json.loads((file.metadata() or {}).get(METADATA_KEY, "{}"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, ValueError, TypeError, RecursionError) as error:
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


def _by_rate(tensors: Mapping[str, np.ndarray], path: Path) -> dict[int, dict[str, np.ndarray]]:
    """The tensors of each branch under their own names."""
    branches: dict[int, dict[str, np.ndarray]] = {rate: {} for rate in GEOMETRIES}
    for name, tensor in tensors.items():
        prefix, _, own_name = name.partition(".")
        if prefix not in map(str, GEOMETRIES):
            raise VadError(f"{path}: unexpected tensor '{name}', expected 16000.{name}")
        branches[int(prefix)][own_name] = tensor
    return branches


def load_jit(path: Path) -> dict[int, BranchWeights]:
    """Both branches of a Silero v5/v6 TorchScript file, by sampling rate (Hz)."""
    tensors = read_tensors(path)
    return {
        rate: _load_strictly(rate, _renamed(tensors, prefix), path)
        for rate, prefix in JIT_PREFIXES.items()
    }


def _renamed(stored: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
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


def expected_shapes(geometry: Geometry) -> dict[str, tuple[int, ...]]:
    """The shape of each tensor of a branch, by name."""
    shapes: dict[str, tuple[int, ...]] = {
        "stft_basis": (2 * geometry.bin_count, 1, geometry.stft_samples),
        "head.weight": (1, STATE_SIZE),
        "head.bias": (1,),
    }
    inputs = (geometry.bin_count, *ENCODER_CHANNELS[:-1])
    for layer, sizes in enumerate(zip(ENCODER_CHANNELS, inputs, strict=True)):
        shapes[f"encoder.{layer}.0.weight"] = (*sizes, TAP_COUNT)
        shapes[f"encoder.{layer}.0.bias"] = sizes[:1]
    for kind in ("ih", "hh"):
        shapes[f"lstm.weight_{kind}_l0"] = (4 * STATE_SIZE, STATE_SIZE)
        shapes[f"lstm.bias_{kind}_l0"] = (4 * STATE_SIZE,)
    return shapes


def _load_strictly(
    sample_rate: int, tensors: Mapping[str, np.ndarray], path: Path
) -> BranchWeights:
    expected = expected_shapes(GEOMETRIES[sample_rate])
    shapes = {name: array.shape for name, array in tensors.items()}
    where = f"{path}: not a Silero VAD v5/v6 branch for {sample_rate} Hz"
    for name in sorted(expected | shapes):
        if name not in shapes:
            raise VadError(f"{where}: tensor '{name}' is missing, expected {expected[name]}")
        if name not in expected:
            raise VadError(f"{where}: unexpected tensor '{name}' {shapes[name]}")
        if shapes[name] != expected[name]:
            raise VadError(f"{where}: tensor '{name}' is {shapes[name]}, expected {expected[name]}")
        if tensors[name].dtype.kind != "f" or not np.isfinite(tensors[name]).all():
            raise VadError(f"{where}: tensor '{name}' has values that are not finite numbers")
    arrays = {name: tensors[name].astype(np.float32) for name in expected}
    return BranchWeights(GEOMETRIES[sample_rate], arrays)
