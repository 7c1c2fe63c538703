"""Speed of stage prepare: python -m bench.prepare.

Reading and resampling beside sox and ffmpeg (where they are installed), each condition of the
augmented copies, one worker beside two, and time and memory against the size of the corpus. The
audio is a voice-like signal in files of a minute.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

from bench.tiling import CARD
from vad.conditions.effects import EFFECTS, Backgrounds, Scene, Voice, Voices
from vad.corpora.audio import read_audio
from vad.export.parity import speech_like
from vad.params import load_params
from vad.randomness import generator
from vad.silero.geometry import GEOMETRIES

ROUNDS = 7
MINUTES = 10
SIZES = (1, 2, 4, 8, 16, 32, 64)
SAMPLE_RATE = 16000
PARALLEL_MINUTES = 600
PARALLEL_ROUNDS = 2
# Memory of its own, as Linux tells it: mapped shards are page cache and are given back.
STAGE = """
import re, runpy, threading, time
peak_kib = 0
def watch():
    global peak_kib
    while True:
        status = open("/proc/self/status").read()
        peak_kib = max(peak_kib, int(re.search("RssAnon:.* (\\d+) kB", status)[1]))
        time.sleep(0.01)
threading.Thread(target=watch, daemon=True).start()
runpy.run_module("stages.prepare", run_name="__main__")
print(peak_kib)
"""


def minute(sample_rate: int, channels: int) -> np.ndarray:
    """A minute of the voice-like signal, float32 [samples, channels]."""
    half = speech_like(GEOMETRIES[SAMPLE_RATE])
    mono = np.interp(
        np.arange(60 * sample_rate) / sample_rate,
        np.arange(2 * len(half)) / SAMPLE_RATE,
        np.tile(half, 2),
    )
    return np.repeat(mono[:, np.newaxis].astype(np.float32), channels, axis=1)


def median_s(work: Callable[[], object]) -> float:
    """Median wall time of ROUNDS calls, after one that is not counted."""
    work()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def reading_rows(folder: Path) -> Iterator[str]:
    """Hours of audio per hour on one core, here and by other programs doing the same."""
    for label, name, rate, channels in (
        ("FLAC 16 kHz mono", "a.flac", 16000, 1),
        ("MP3 44.1 kHz stereo", "b.mp3", 44100, 2),
    ):
        path = folder / name
        soundfile.write(path, np.tile(minute(rate, channels), (MINUTES, 1)), rate)
        arguments = ("-ar", "16000", "-ac", "1", folder / "ffmpeg.wav")
        tools = (
            ["sox", path, "-r", "16000", "-c", "1", folder / "sox.wav"],
            ["ffmpeg", "-y", "-threads", "1", "-i", path, *arguments],
        )
        works = [partial(read_audio, path, SAMPLE_RATE)]
        works += [partial(run, command) if shutil.which(command[0]) else None for command in tools]
        speeds = [60 * MINUTES / median_s(work) if work else 0 for work in works]
        ours, sox, ffmpeg = (f"{speed:.0f}" if speed else "not installed" for speed in speeds)
        yield f"| {label} | {ours} | {sox} | {ffmpeg} |"


def condition_rows() -> Iterator[str]:
    """Hours of audio per hour on one core that each effect of the augmented copies can treat."""
    params = load_params().prepare
    shares = {key: 1.0 for key in type(params).model_fields if key.endswith("_share")}
    samples = minute(SAMPLE_RATE, 1)[:, 0]
    speech = np.ones(len(samples), bool)
    quiet = (samples * 8192).astype(np.int16)
    voices = [Voice(("corpus", "speaker", str(n)), quiet, np.array([[0, 40000]])) for n in range(9)]
    backgrounds = Backgrounds(
        GEOMETRIES[SAMPLE_RATE], [quiet], [quiet[:SAMPLE_RATE]], Voices(voices)
    )
    scene = Scene(
        speech, backgrounds.beside("corpus", "main", None), params.model_copy(update=shares)
    )
    for name, effect in EFFECTS.items():
        seconds = median_s(partial(effect, samples, scene, generator(name)))
        yield f"| {name} | {60 / seconds:.0f} |"


def run(command: list[str | Path]) -> None:
    """Run a command to its end, silently; an exit status is an error."""
    subprocess.run(list(map(str, command)), check=True, capture_output=True)


def write_corpus(folder: Path, minute_count: int) -> None:
    """`minute_count` minutes for training, one each for validation and test."""
    folder.mkdir(parents=True)
    audio = minute(SAMPLE_RATE, 1)
    turns = []
    for number in range(minute_count + 2):
        split = ("val", "test", "train")[min(number, 2)]
        name = f"{split}{number:03d}"
        # Another sample in each file: the same audio in two splits is a fault.
        audio[0] = number / 1000
        soundfile.write(folder / f"{name}.flac", audio, SAMPLE_RATE)
        turns += [f"SPEAKER {name} 1 {s} 2 <NA> <NA> a <NA> <NA>" for s in range(0, 60, 5)]
    (folder / "all.rttm").write_text("\n".join(turns) + "\n")
    (folder / "corpus.yaml").write_text(CARD)


def prepare(folder: Path, workers: int) -> tuple[float, float]:
    """Wall time (s) of the stage and peak memory of its main process (MiB)."""
    command = [sys.executable, "-c", STAGE, folder, folder / "out", folder / "m.json"]
    start = time.perf_counter()
    peak_kib = subprocess.check_output(
        list(map(str, command)), env=os.environ | {"VAD_WORKERS": str(workers)}, text=True
    )
    return time.perf_counter() - start, int(peak_kib.split()[-1]) / 1024


def size_rows(folder: Path) -> Iterator[str]:
    for minutes in SIZES:
        root = folder / f"size{minutes}"
        write_corpus(root / "tiled", minutes)
        wall_s, peak_mib = prepare(root, workers=1)
        yield f"| {minutes} min | {wall_s:.1f} s | {peak_mib:.0f} MiB |"


def main() -> None:
    """Measure and print the tables."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print("Hours of audio read per hour, one core\n\n| files | here | sox | ffmpeg |")
        print("|---|---|---|---|", *reading_rows(folder), sep="\n")
        print("\nHours of audio treated per hour, one core\n\n| effect | here |")
        print("|---|---|", *condition_rows(), sep="\n")
        print("\nOne worker, copies as in params.yaml\n\n| training audio | time | peak memory |")
        print("|---|---|---|", *size_rows(folder), sep="\n")
        root = folder / "parallel"
        write_corpus(root / "tiled", PARALLEL_MINUTES)
        times = [[prepare(root, workers)[0] for workers in (1, 2)] for _ in range(PARALLEL_ROUNDS)]
        ratio = statistics.median(one / two for one, two in times)
        print(f"\n{PARALLEL_MINUTES} min: two workers are {ratio:.2f} times as fast as one.")


if __name__ == "__main__":
    main()
