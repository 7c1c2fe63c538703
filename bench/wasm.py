"""Speed in onnxruntime-web (WebAssembly): python -m bench.wasm demo [audio file].

`npm ci --prefix demo` installs it into that folder. The published weights are exported and timed
against the official files in Node on one thread, by CPU time; a ratio is the median over rounds
of reference time by own time, as in bench.inference.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.inference import (
    OPSET,
    ROUNDS,
    SEQUENCE_WINDOWS,
    STREAM_COUNT,
    STREAMING_WINDOWS,
    STREAMS_CALLS,
    convolutional_sequence,
    processor,
    recording,
)
from vad.export.graph import sequence_model, streaming_model
from vad.export.parity import speech_like
from vad.silero.geometry import GEOMETRIES
from vad.silero.weights import BranchWeights, load_published, published_path
from vad.silero.windows import frame_windows

SCRIPT = Path(__file__).with_suffix(".mjs").resolve()
Model = bytes | Path


def models(
    branches: dict[int, BranchWeights], rate: int
) -> Iterator[tuple[str, Model, bytes, int]]:
    """Label, reference, own file and batch size of each row; batch 0 is the sequence file."""
    official = published_path("silero_vad.onnx")
    both = streaming_model(branches, 16000, OPSET).SerializeToString()
    tuned = streaming_model(branches, rate, OPSET, "tuned").SerializeToString()
    yield "both rates in the file, 1 stream", official, both, 1
    yield "one rate, no `If`, 1 stream", official, tuned, 1
    yield f"both rates in the file, {STREAM_COUNT} streams", official, both, STREAM_COUNT
    own = sequence_model(branches[rate], OPSET).SerializeToString()
    sequence: Model = published_path("silero_vad_16k_sequence.onnx")
    if rate != 16000:
        sequence = convolutional_sequence(branches[rate])
    yield f"{SEQUENCE_WINDOWS} windows per call", sequence, own, 0


def windows_for(batch: int, windows: np.ndarray) -> np.ndarray:
    """Windows in the order of the calls, [windows, samples]."""
    if not batch:
        return windows[:SEQUENCE_WINDOWS]
    if batch == 1:
        return windows[:STREAMING_WINDOWS]
    streams = windows[: batch * STREAMS_CALLS].reshape(batch, STREAMS_CALLS, -1)
    return streams.swapaxes(0, 1).reshape(batch * STREAMS_CALLS, -1)


def rows(folder: Path, path: Path | None) -> list[dict[str, object]]:
    """The rows as the script reads them; models and samples go into `folder`."""
    branches = {rate: load_published(rate) for rate in GEOMETRIES}
    described = []
    for rate, geometry in GEOMETRIES.items():
        audio = recording(path, rate) if path else speech_like(geometry)
        windows = frame_windows(audio, geometry)
        for label, reference, own, batch in models(branches, rate):
            number = len(described)
            samples = windows_for(batch, windows)
            files = {name: folder / f"{number}_{name}" for name in ("reference", "own", "samples")}
            is_path = isinstance(reference, Path)
            files["reference"].write_bytes(reference.read_bytes() if is_path else reference)
            files["own"].write_bytes(own)
            files["samples"].write_bytes(np.ascontiguousarray(samples, np.float32).tobytes())
            row = {name: str(file) for name, file in files.items()} | {
                "what": f"{label}, {rate // 1000} kHz",
                "rate": rate,
                "batch": batch,
                "windows": len(samples),
                "windowSamples": geometry.input_samples,
            }
            described.append(row)
    return described


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("packages", type=Path, help="folder with node_modules/onnxruntime-web")
    parser.add_argument("audio", nargs="?", type=Path, help="a recording; synthetic if left out")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        described = rows(folder, arguments.audio)
        (folder / "rows.json").write_text(json.dumps({"rounds": ROUNDS, "rows": described}))
        command = ["node", str(SCRIPT), str(folder / "rows.json")]
        finished = subprocess.run(
            command, cwd=arguments.packages, check=True, capture_output=True, text=True
        )
    measured = json.loads(finished.stdout.splitlines()[-1])
    print(
        f"{processor()}, onnxruntime-web {measured['runtime']} in Node {measured['node']}, one "
        f"thread, {'real audio' if arguments.audio else 'synthetic audio'}, CPU time, medians of "
        f"{ROUNDS} rounds\n"
    )
    print("| what | reference takes | ours takes | ratio |\n|---|---|---|---|")
    for row, (reference, own) in zip(described, measured["results"], strict=True):
        ratio = statistics.median(r / o for r, o in zip(reference, own, strict=True))
        takes = " | ".join(f"{statistics.median(times):.1f} µs" for times in (reference, own))
        print(f"| {row['what']} | {takes} | {ratio:.2f} x |")


if __name__ == "__main__":
    main()
