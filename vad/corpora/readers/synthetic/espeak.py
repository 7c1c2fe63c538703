"""Speech by eSpeak NG, the same samples whatever was spoken before and in whatever process.

eSpeak NG keeps state from one utterance to the next (random draws, phases of its sources) that
none of its functions resets, so each call of `speak` has a process of its own.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import espeakng_loader

from vad.corpora.readers.synthetic import espeak_process
from vad.corpora.readers.synthetic.espeak_process import SIZE
from vad.errors import VadError


class Utterance(NamedTuple):
    """A sentence, a voice of eSpeak NG (language+variant), its speed and its pitch (0..99)."""

    text: str
    voice: str
    words_per_minute: int
    pitch: int


def speak(utterances: Sequence[Utterance]) -> list[bytes]:
    """Each utterance as int16 samples at espeak_process.RATE_HZ, in the machine's byte order.

    VadError when eSpeak NG fails, with its message.
    """
    script = str(Path(espeak_process.__file__).resolve())
    done = subprocess.run(
        # Without site packages and the environment's settings it starts in half the time.
        [sys.executable, "-I", "-S", script, espeakng_loader.get_library_path()],
        input=json.dumps(utterances).encode(),
        # eSpeak NG holds no path longer than 160 bytes, so it starts where its data is.
        cwd=espeakng_loader.get_data_path(),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        reason = " ".join(done.stderr.decode(errors="replace").split())
        raise VadError(f"eSpeak NG stopped with {done.returncode}: {reason}")
    return _unpacked(done.stdout)


def _unpacked(data: bytes) -> list[bytes]:
    spoken, start = [], 0
    while start < len(data):
        start += SIZE.size
        end = start + SIZE.unpack_from(data, start - SIZE.size)[0]
        spoken.append(data[start:end])
        start = end
    return spoken
