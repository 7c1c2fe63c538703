"""Speech in one audio file: probabilities in flat memory, and the segments made of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detect.models import Choice, Session, choose
from vad.corpora.audio import read_layout, read_once
from vad.errors import VadError
from vad.evaluation.segments import speech_segments
from vad.export.runtime import BLOCK_WINDOWS, run_sequence, run_streaming, silent_state
from vad.silero.geometry import Geometry
from vad.silero.windows import frame_windows


@dataclass(frozen=True)
class Detection:
    """The segments of one channel of a file, float64 [segments, 2] (s)."""

    path: Path
    channel: int | None
    choice: Choice
    duration_s: float
    segments: np.ndarray


def detect_file(
    path: Path, model: str, channel: int | str | None, overrides: dict[str, float]
) -> list[Detection]:
    """The detections of a file: of the mean of its channels, of one, or of each (`each`)."""
    layout = read_layout(path)
    choice = choose(model, layout.sample_rate, overrides)
    if channel == "each":
        return [detect(path, one, choice) for one in range(layout.channel_count)]
    return [detect(path, None if channel is None else int(channel), choice)]


def detect(path: Path, channel: int | None, choice: Choice) -> Detection:
    """The segments of `channel`, those of get_speech_timestamps with the same options."""
    geometry = choice.geometry
    counter = Counted(
        read_once(path, geometry.sample_rate, BLOCK_WINDOWS * geometry.window_samples, channel)
    )
    parts = list(probabilities(choice.session(), counter, geometry))
    segments = speech_segments(
        np.concatenate(parts), counter.sample_count, geometry, choice.options
    )
    rate = geometry.sample_rate
    return Detection(path, channel, choice, counter.sample_count / rate, segments / rate)


def detect_or_fault(
    path: Path, model: str, channel: int | str | None, overrides: dict[str, float]
) -> list[Detection] | str:
    """As `detect_file`; the message of the fault where there is one."""
    try:
        return detect_file(path, model, channel, overrides)
    except VadError as error:
        return str(error)


class Counted:
    """Blocks of samples that are counted as they pass."""

    def __init__(self, blocks: Iterable[np.ndarray]) -> None:
        self.blocks, self.sample_count = blocks, 0

    def __iter__(self) -> Iterator[np.ndarray]:
        for block in self.blocks:
            self.sample_count += len(block)
            yield block


def probabilities(
    session: Session, blocks: Iterable[np.ndarray], geometry: Geometry
) -> Iterator[np.ndarray]:
    """Probabilities float32 [windows] of consecutive `blocks`, whole windows but in the last one.

    Context and state run on from block to block.
    """
    before = np.zeros(geometry.window_samples, np.float32)
    state = silent_state()
    for block in blocks:
        # The window before is framed again for the context of the first one.
        windows = frame_windows(np.concatenate((before, block)), geometry)[1:]
        if session.is_sequence:
            values, state = run_sequence(session.onnx, windows, state)
        else:
            values, state = run_streaming(session.onnx, windows, state, geometry)
        before = block[-geometry.window_samples :]
        yield values
