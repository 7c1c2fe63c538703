"""Live: one line that moves with the probability, then the segments of what was heard."""

import queue
import sys
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from detect.detection import probabilities
from detect.models import choose
from vad.errors import VadError
from vad.evaluation.segments import VadOptions, speech_segments
from vad.silero.geometry import Geometry

SAMPLE_RATE = 16000
BAR_WIDTH = 40


class SoundDevice(Protocol):
    """What is used of the module sounddevice."""

    PortAudioError: type[Exception]

    def InputStream(self, **options: Any) -> Any: ...  # noqa: ANN401, N802 (its own name)


def sound_device() -> SoundDevice:
    """The module; VadError where it, or PortAudio below it, is not installed."""
    try:
        import sounddevice
    except ImportError as error:
        raise VadError(
            "--mic needs the package sounddevice: python -m pip install sounddevice"
        ) from error
    except OSError as error:
        raise VadError(f"--mic needs PortAudio ({error}): apt install libportaudio2") from error
    device: SoundDevice = sounddevice
    return device


def listen(model: str, overrides: dict[str, float]) -> None:
    """Show the probability of each window until Ctrl-C, then the segments."""
    device = sound_device()
    choice = choose(model, SAMPLE_RATE, overrides)
    print(f"microphone: {choice.describe()}. Ctrl-C ends.")
    values: list[float] = []
    state = Switch(choice.options)
    try:
        for block in probabilities(
            choice.session(), microphone(device, choice.geometry), choice.geometry
        ):
            for value in block.tolist():
                values.append(value)
                time_s = len(values) / choice.geometry.windows_per_s
                print("\r" + line(time_s, value, state.speaks(value)), end="", flush=True)
    except KeyboardInterrupt:
        print()
    sample_count = len(values) * choice.geometry.window_samples
    segments = speech_segments(np.array(values), sample_count, choice.geometry, choice.options)
    for start, end in segments / SAMPLE_RATE:
        print(f"{start:12.3f}{end:12.3f}")


def microphone(device: SoundDevice, geometry: Geometry) -> Iterator[np.ndarray]:
    """Windows of the default microphone, float32 [samples], without an end."""
    blocks: queue.SimpleQueue[np.ndarray] = queue.SimpleQueue()

    def receive(samples: np.ndarray, _frames: int, _time: object, status: object) -> None:
        if status:
            print(f"\nmicrophone: {status}", file=sys.stderr)
        blocks.put(samples[:, 0].copy())

    options = {"samplerate": geometry.sample_rate, "blocksize": geometry.window_samples}
    try:
        with device.InputStream(**options, channels=1, dtype="float32", callback=receive):
            while True:
                yield blocks.get()
    except device.PortAudioError as error:
        raise VadError(f"--mic: no microphone can be opened ({error})") from error


class Switch:
    """Whether speech goes on, by both thresholds; the durations come in at the end."""

    def __init__(self, options: VadOptions) -> None:
        self.options, self.is_on = options, False

    def speaks(self, probability: float) -> bool:
        """The state after one more window."""
        least = self.options.neg_threshold if self.is_on else self.options.threshold
        self.is_on = probability >= least
        return self.is_on


def line(time_s: float, probability: float, is_speech: bool) -> str:
    """Time, probability as a bar and a number, and the decision."""
    bar = ("#" * round(BAR_WIDTH * probability)).ljust(BAR_WIDTH)
    return f"{time_s:8.1f} s [{bar}] {probability:4.2f} {'speech' if is_speech else '      '}"
