"""Speed of one-rate files in OpenVINO: python -m bench.openvino_files [audio file].

The exported 16 kHz file with dynamic and with fixed shapes, beside silero_vad_openvino_16k.onnx of
the silero-vad package, on one thread. Each is fed into tensors that were allocated once, as C++
clients do and as Python can, and as a dictionary of arrays for every window, with `sr` and without.
The environment of `make test-clients` has what this imports.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import openvino

from bench.inference import OPSET, ROUNDS, STREAMING_WINDOWS, processor, recording
from vad.export.graph import streaming_model
from vad.export.parity import speech_like
from vad.silero.geometry import GEOMETRIES, STATE_SIZE
from vad.silero.weights import load_published, published_path
from vad.silero.windows import frame_windows

RATE = 16000
OFFICIAL = "silero_vad_openvino_16k.onnx"
OPTIONS = {
    "INFERENCE_PRECISION_HINT": "f32",
    "INFERENCE_NUM_THREADS": 1,
    "NUM_STREAMS": 1,
    "PERFORMANCE_HINT": "LATENCY",
}

Call = Callable[[], object]


def compiled(path: Path) -> openvino.CompiledModel:
    return openvino.Core().compile_model(path, "CPU", OPTIONS)


def by_tensors(path: Path, windows: np.ndarray) -> Call:
    """Copies each window and state into tensors that stay; `sr` is set once."""
    model = compiled(path)
    request = model.create_infer_request()
    tensors = {
        "input": openvino.Tensor(np.zeros((1, windows.shape[1]), np.float32)),
        "state": openvino.Tensor(np.zeros((2, 1, STATE_SIZE), np.float32)),
        "sr": openvino.Tensor(np.array(RATE, np.int64)),
    }
    for value in model.inputs:
        request.set_tensor(value.any_name, tensors[value.any_name])

    def call() -> None:
        tensors["state"].data[:] = 0
        for window in windows:
            tensors["input"].data[:] = window
            request.infer()
            tensors["state"].data[:] = request.get_tensor("stateN").data

    return call


def by_arrays(path: Path, windows: np.ndarray, *, rate_once: bool = False) -> Call:
    """Feeds a dictionary of arrays for every window, `sr` only at the start with `rate_once`."""
    model = compiled(path)
    request = model.create_infer_request()
    names = {value.any_name for value in model.inputs}
    if rate_once and "sr" in names:
        request.set_tensor("sr", openvino.Tensor(np.array(RATE, np.int64)))
        names.remove("sr")

    def call() -> None:
        state = np.zeros((2, 1, STATE_SIZE), np.float32)
        for window in windows:
            feeds = {"input": window[None], "state": state, "sr": np.array(RATE, np.int64)}
            request.infer({name: feeds[name] for name in names})
            state = request.get_tensor("stateN").data.copy()

    return call


def times_by_round(calls: dict[str, Call]) -> dict[str, list[float]]:
    """CPU time of the thread by round (s), in rounds that take turns."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for round_number in range(ROUNDS + 1):
        for name in calls if round_number % 2 else reversed(calls):
            start = time.thread_time()
            calls[name]()
            if round_number:
                times[name].append(time.thread_time() - start)
    return times


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("audio", nargs="?", type=Path, help="a recording; synthetic if left out")
    path = parser.parse_args().audio
    geometry = GEOMETRIES[RATE]
    audio = recording(path, RATE) if path else speech_like(geometry)
    windows = np.ascontiguousarray(frame_windows(audio, geometry)[:STREAMING_WINDOWS])
    branches = {RATE: load_published(RATE)}
    print(f"{processor()}, OpenVINO {openvino.__version__.partition('-')[0]}, one thread\n")
    print("| fed | file | µs a window | ratio |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        files = {OFFICIAL: published_path(OFFICIAL)}
        for shapes in ("dynamic", "fixed"):
            files[shapes] = Path(folder) / f"{shapes}.onnx"
            model = streaming_model(branches, RATE, OPSET, "tuned", shapes=shapes)
            onnx.save(model, files[shapes])
        for label, feed in (
            ("tensors in place", by_tensors),
            ("arrays, `sr` once", partial(by_arrays, rate_once=True)),
            ("arrays", by_arrays),
        ):
            times = times_by_round({name: feed(file, windows) for name, file in files.items()})
            for name, own in times.items():
                ratio = statistics.median(r / o for r, o in zip(times[OFFICIAL], own, strict=True))
                microseconds = statistics.median(own) / len(windows) * 1e6
                print(f"| {label} | {name} | {microseconds:.1f} | {ratio:.2f} x |")


if __name__ == "__main__":
    main()
