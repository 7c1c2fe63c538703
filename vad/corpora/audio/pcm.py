"""PCM containers, read by libsndfile once their header is held against the size of the file."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from vad.corpora.audio.containers import SampleBytes
from vad.corpora.audio.streams import BLOCK_FRAMES, Stream, truncated
from vad.errors import VadError

INTEGERS = ("PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "ALAW", "ULAW")


def check_bytes(path: Path, samples: SampleBytes | None) -> None:
    """VadError where a PCM container holds less or more than it announces."""
    if samples is None:
        return
    if samples.is_truncated:
        raise truncated(path, f"{samples.announced} bytes of samples", f"{samples.available}")
    if samples.second_file is not None:
        raise VadError(
            f"{path}: a second file, or chunk of samples, follows at byte {samples.second_file}, "
            "expected one"
        )
    if samples.is_longer and not samples.is_wav:
        raise VadError(
            f"{path}: its header announces {samples.announced} bytes of samples, more follow: "
            f"sox --ignore-length {path.name} {path.stem}.wav reads all of them"
        )


def pcm_stream(path: Path, file: soundfile.SoundFile) -> Stream:
    """The stream of a PCM container, through libsndfile."""
    return Stream(
        file.samplerate,
        file.channels,
        lambda: int(file.frames),
        file.subtype in INTEGERS,
        _counted(path, file, file.frames),
    )


def _counted(path: Path, file: soundfile.SoundFile, frame_count: int) -> Iterator[np.ndarray]:
    """The blocks of `file`; VadError where they hold fewer frames than its header announces."""
    count = 0
    try:
        while len(block := file.read(BLOCK_FRAMES, dtype="float32", always_2d=True)):
            count += len(block)
            yield block
    except soundfile.LibsndfileError as error:
        raise VadError(f"{path}: damaged ({error.error_string.rstrip('.')})") from error
    if count < frame_count:
        raise truncated(path, f"{frame_count} samples", f"{count}")
