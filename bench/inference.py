"""Speed of the exported graphs beside the official files: python -m bench.inference [audio file].

The published weights are exported and timed against the files that ship with silero-vad, in ONNX
Runtime on one thread. Times are CPU time of that thread, so waiting for a busy machine does not
count. Both sides of a row take turns within every round, so other work slows both; a ratio is the
median over rounds of reference time by own time.

A row with cold caches sweeps through memory before each call, as a client does that calls once
every 32 ms and works on something else in between; the sweep is not timed. These rows have rounds
of their own: a call of 512 windows right after a sweep takes a fifth more time.
"""

import argparse
import io
import platform
import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from vad.corpora.audio import read_audio
from vad.export.graph import sequence_model, streaming_model
from vad.export.parity import speech_like
from vad.export.runtime import open_session
from vad.silero.geometry import GEOMETRIES, STATE_SIZE, Geometry
from vad.silero.network import SileroVad, network_of
from vad.silero.weights import BranchWeights, load_published, published_path
from vad.silero.windows import frame_windows

ROUNDS = 21
OPSET = 16
STREAM_COUNT = 64
SEQUENCE_WINDOWS = 512
STREAMING_WINDOWS = 200
STREAMS_CALLS = 8
COLD_CALLS = 10
# Twice the last-level cache of the machines that the tables are from.
SWEPT_BYTES = 64 << 20
SIGNAL_S = 30

Call = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One line of the table; a call of either side handles `windows` windows."""

    what: str
    reference_name: str
    reference: Call
    own: Call
    windows: int = 0
    cold: bool = False


def recording(path: Path, sample_rate: int) -> np.ndarray:
    """A recording at `sample_rate`, repeated up to the length it takes: float32 [samples]."""
    samples = read_audio(path, sample_rate)
    return np.resize(samples, max(len(samples), SIGNAL_S * sample_rate))


class Sequence(torch.nn.Module):
    """The sequence form of a branch as a module that torch can export."""

    def __init__(self, network: SileroVad) -> None:
        super().__init__()
        self.network = network

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return self.network.forward_sequence(*inputs)


def convolutional_sequence(branch: BranchWeights) -> bytes:
    """The sequence graph in the obvious layout, as torch's tracing exporter writes it."""
    state = torch.zeros(1, 1, STATE_SIZE)
    windows = torch.zeros(2, branch.geometry.input_samples)
    file = io.BytesIO()
    with warnings.catch_warnings():
        # The exporter warns of its deprecation, and of what it did not fold.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", UserWarning)
        torch.onnx.export(
            Sequence(network_of(branch)).eval(),
            (windows, state, state),
            file,
            dynamo=False,
            opset_version=OPSET,
            input_names=["input", "h", "c"],
            output_names=["speech_probs", "hn", "cn"],
            dynamic_axes={"input": {0: "windows"}, "speech_probs": {0: "windows"}},
        )
    return file.getvalue()


def streaming(model: Path | bytes, windows: np.ndarray, geometry: Geometry) -> Call:
    """Feeds `windows` [calls, batch, samples] one after the other, carrying the state."""
    session = open_session(model)
    rate = np.array(geometry.sample_rate)
    contiguous = [np.ascontiguousarray(window) for window in windows]

    def call() -> object:
        state = np.zeros((2, windows.shape[1], STATE_SIZE), np.float32)
        for window in contiguous:
            feeds = {"input": window, "state": state, "sr": rate}
            output, state = session.run(None, feeds)
        return output

    return call


def sequence(model: Path | bytes, windows: np.ndarray) -> Call:
    session = open_session(model)
    state = np.zeros((1, 1, STATE_SIZE), np.float32)
    feeds = {"input": np.ascontiguousarray(windows), "h": state, "c": state}
    return lambda: session.run(None, feeds)


def call_s(call: Call) -> float:
    """CPU time of this thread in one call (s)."""
    start = time.thread_time()
    call()
    return time.thread_time() - start


def cold_call_s(call: Call) -> float:
    """Mean CPU time of a call (s), each after a sweep that empties the caches."""
    memory = np.ones(SWEPT_BYTES // 8)
    total_s = 0.0
    for _ in range(COLD_CALLS):
        memory += 1
        total_s += call_s(call)
    return total_s / COLD_CALLS


def time_rows(rows: list[Row]) -> list[str]:
    """Lines of the table, after one untimed call of everything."""
    times: dict[tuple[int, int], list[float]] = {}
    for round_number in range(ROUNDS + 1):
        for number, row in enumerate(rows):
            sides = [(0, row.reference), (1, row.own)]
            for side, call in sides if round_number % 2 else reversed(sides):
                elapsed_s = cold_call_s(call) if row.cold else call_s(call)
                if round_number:
                    times.setdefault((number, side), []).append(elapsed_s)
    return [_line(row, times[number, 0], times[number, 1]) for number, row in enumerate(rows)]


def _line(row: Row, reference_s: list[float], own_s: list[float]) -> str:
    ratio = statistics.median(r / o for r, o in zip(reference_s, own_s, strict=True))
    scale, unit = (1e6 / row.windows, "µs a window") if row.windows else (1e3, "ms")
    theirs, ours = (statistics.median(times) * scale for times in (reference_s, own_s))
    return (
        f"| {row.what} | {row.reference_name} | {theirs:.1f} {unit} | {ours:.1f} {unit} "
        f"| {ratio:.2f} x |"
    )


def streaming_rows(branches: dict[int, BranchWeights], audio: dict[int, np.ndarray]) -> list[Row]:
    name = "silero_vad.onnx"
    official = published_path(name)
    both = streaming_model(branches, 16000, OPSET).SerializeToString()
    rows = []
    for rate, geometry in GEOMETRIES.items():
        tuned = streaming_model(branches, rate, OPSET, "tuned").SerializeToString()
        windows = frame_windows(audio[rate], geometry)
        single = windows[:STREAMING_WINDOWS, None]
        # Stream s gets the recording from window s * calls on.
        many = windows[: STREAM_COUNT * STREAMS_CALLS]
        many = many.reshape(STREAM_COUNT, STREAMS_CALLS, -1).swapaxes(0, 1)
        for label, model, fed in (
            ("both rates in the file, 1 stream", both, single),
            ("one rate, no `If`, 1 stream", tuned, single),
            (f"both rates in the file, {STREAM_COUNT} streams", both, many),
        ):
            reference, own = (streaming(m, fed, geometry) for m in (official, model))
            what = f"{label}, {rate // 1000} kHz"
            rows.append(Row(what, name, reference, own, fed.shape[0] * fed.shape[1]))
        reference, own = (streaming(model, single[-1:], geometry) for model in (official, both))
        what = f"both rates in the file, 1 stream, cold caches, {rate // 1000} kHz"
        rows.append(Row(what, name, reference, own, 1, cold=True))
    return rows


def sequence_rows(branches: dict[int, BranchWeights], audio: dict[int, np.ndarray]) -> list[Row]:
    references = {
        16000: (
            "silero_vad_16k_sequence.onnx",
            published_path("silero_vad_16k_sequence.onnx"),
        ),
        8000: ("convolutional layout", convolutional_sequence(branches[8000])),
    }
    rows = []
    for rate, (name, model) in references.items():
        windows = frame_windows(audio[rate], GEOMETRIES[rate])[:SEQUENCE_WINDOWS]
        own = sequence_model(branches[rate], OPSET).SerializeToString()
        what = f"{SEQUENCE_WINDOWS} windows per call, {rate // 1000} kHz"
        reference = sequence(model, windows)
        rows.append(Row(what, name, reference, sequence(own, windows), SEQUENCE_WINDOWS))
    return rows


def start_rows(branches: dict[int, BranchWeights]) -> tuple[list[Row], list[str]]:
    """Session start, timed from bytes in memory, and file sizes, of the official names."""
    rows, sizes = [], []
    for name, model in (
        ("silero_vad.onnx", streaming_model(branches, 16000, OPSET)),
        ("silero_vad_16k_sequence.onnx", sequence_model(branches[16000], OPSET)),
    ):
        reference, own = published_path(name).read_bytes(), model.SerializeToString()
        calls = [lambda model=model: open_session(model) for model in (reference, own)]
        rows.append(Row("session start", name, *calls))
        sizes.append(
            f"| file size | {name} | {len(reference) / 1e6:.2f} MB | {len(own) / 1e6:.2f} MB "
            f"| {len(reference) / len(own):.2f} x |"
        )
    return rows, sizes


def processor() -> str:
    """The processor's name from /proc/cpuinfo, or its architecture where that file is missing."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("audio", nargs="?", type=Path, help="a recording; synthetic if left out")
    path = parser.parse_args().audio
    branches = {rate: load_published(rate) for rate in GEOMETRIES}
    audio = {
        rate: recording(path, rate) if path else speech_like(geometry)
        for rate, geometry in GEOMETRIES.items()
    }
    starts, sizes = start_rows(branches)
    rows = streaming_rows(branches, audio) + sequence_rows(branches, audio) + starts
    print(
        f"{processor()}, ONNX Runtime {onnxruntime.__version__}, one thread, "
        f"{'real audio' if path else 'synthetic audio'}, CPU time, medians of {ROUNDS} rounds\n"
    )
    print("| what | reference | reference takes | ours takes | ratio |")
    print("|---|---|---|---|---|")
    warm = time_rows([row for row in rows if not row.cold])
    cold = time_rows([row for row in rows if row.cold])
    print("\n".join((*warm, *cold, *sizes)))


if __name__ == "__main__":
    main()
