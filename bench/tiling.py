"""Corpora of any size, tiled from recordings that are there and varied, so that none repeats."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from vad.conditions.mixing import amplitude, to_int16
from vad.corpora import read_corpora
from vad.corpora.card import Role
from vad.intervals import clip
from vad.randomness import generator

SAMPLE_RATE = 16000
# More of what is there is not read.
SOURCE_S = 1200
# Of each tile: its level, and the level of the noise that tells it from other tiles.
GAIN_DB = (-12, 6)
NOISE_LEVEL = 1e-3
# Hours for training, validation and test of each 10.
SPLIT_TENTHS = {"train": 8, "val": 1, "test": 1}
CARD = """
name: tiled
reader: rttm
licence: CC0
citation: made by the benchmark
audio: "*.flac"
labels: "*.rttm"
split: {train: "train*", val: "val*", test: "test*"}
"""
NOISE_CARD = """
name: sounds
reader: folder
role: noise
licence: CC0
citation: made by the benchmark
audio: "*.flac"
"""


@dataclass(frozen=True)
class Tile:
    """Samples float32 [samples], and where speech is in them, float64 [intervals, 2] (s)."""

    samples: np.ndarray
    speech: np.ndarray

    @property
    def duration_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE


def tiles_of(raw: Path, role: Role) -> list[Tile]:
    """The recordings of `role` in the corpora of `raw`, of up to SOURCE_S together."""
    tiles: list[Tile] = []
    for recording in read_corpora(raw, None):
        if recording.role == role and sum(tile.duration_s for tile in tiles) < SOURCE_S:
            blocks = recording.blocks(SAMPLE_RATE)
            tiles += [
                Tile(b.samples, b.speech) for b in blocks if role != "speech" or len(b.speech)
            ]
    return tiles


def write_noise(folder: Path, tiles: list[Tile]) -> None:
    """A corpus of the noise in `tiles` with a card, in `folder`; none without tiles."""
    if tiles:
        folder.mkdir(parents=True)
        (folder / "corpus.yaml").write_text(NOISE_CARD)
    for number, tile in enumerate(tiles):
        soundfile.write(folder / f"{number:06d}.flac", to_int16(tile.samples), SAMPLE_RATE)


def write_tiled(folder: Path, tiles: list[Tile], hours: float, recording_s: float) -> None:
    """A corpus of `hours` in recordings of `recording_s` each, with a card, in `folder`.

    Each split has one recording at least.
    """
    folder.mkdir(parents=True)
    (folder / "corpus.yaml").write_text(CARD)
    with (folder / "all.rttm").open("w") as labels:
        for split, tenths in SPLIT_TENTHS.items():
            for number in range(max(1, round(hours * 360 * tenths / recording_s))):
                name = f"{split}{number:06d}"
                labels.writelines(_write(folder / f"{name}.flac", tiles, recording_s))


def _write(path: Path, tiles: list[Tile], duration_s: float) -> Iterator[str]:
    """Write a recording; the lines of its labels."""
    with soundfile.SoundFile(path, "w", SAMPLE_RATE, 1, "PCM_16") as file:
        for tile, start_s in _varied(tiles, duration_s, path.stem):
            file.write(to_int16(tile.samples))
            for first, end in tile.speech:
                times = f"{start_s + first:.3f} {end - first:.3f}"
                yield f"SPEAKER {path.stem} 1 {times} <NA> <NA> a <NA> <NA>\n"


def _varied(tiles: list[Tile], duration_s: float, name: str) -> Iterator[tuple[Tile, float]]:
    """Tiles that last `duration_s` together, each from a start of speech on, and its start (s)."""
    draws, start_s = generator("tiled", name), 0.0
    while duration_s - start_s > 1 / SAMPLE_RATE:
        tile = tiles[draws.integers(len(tiles))]
        first = round(draws.choice(tile.speech[:, 0]) * SAMPLE_RATE)
        samples = tile.samples[first : first + round((duration_s - start_s) * SAMPLE_RATE)]
        samples = samples * np.float32(amplitude(draws.uniform(*GAIN_DB)))
        samples += draws.normal(0, NOISE_LEVEL, len(samples)).astype(np.float32)
        begin_s, length_s = first / SAMPLE_RATE, len(samples) / SAMPLE_RATE
        speech = clip(tile.speech, begin_s, begin_s + length_s) - begin_s
        yield Tile(samples, speech), start_s
        start_s += length_s
