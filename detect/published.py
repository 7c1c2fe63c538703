"""The sequence file of the published weights, for both rates.

The package silero-vad has one for 16 kHz, which takes four times as long as the form of vad.export.
That form is written once for each version, into the user's cache folder: the import of onnx and the
graph would take longer than short recordings do.
"""

import os
from importlib.metadata import version
from pathlib import Path

from vad.errors import VadError

# The operator set of params.yaml; any gives the same numbers.
OPSET = 16


def published_file(sample_rate: int) -> Path:
    """The sequence file for `sample_rate` (Hz), written where it is not there yet."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    name = f"published_{version('silero-vad')}_{sample_rate}_opset{OPSET}.onnx"
    path = cache / "silero-vad-finetune" / name
    if not path.is_file():
        try:
            write(sample_rate, path)
        except OSError as error:
            raise VadError(f"{path}: cannot be written ({error.strerror})") from error
    return path


def write(sample_rate: int, path: Path) -> None:
    """Write the file whole or not at all; several processes may do so at once."""
    from vad.export.graph import sequence_model
    from vad.silero.weights import load_published

    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(sequence_model(load_published(sample_rate), OPSET).SerializeToString())
    draft.replace(path)
