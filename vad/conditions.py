"""The conditions in which a recording is trained and tested, drawn by hash of its name."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from vad.mixing import amplitude, crop_cyclic, mix_at_snr, reverberate
from vad.params import Prepare
from vad.prepared import Prepared
from vad.randomness import generator


@dataclass(frozen=True)
class Backgrounds:
    """Noise recordings and room responses of one split, int16 [samples] each, mapped."""

    noise: list[np.ndarray]
    rooms: list[np.ndarray]

    @staticmethod
    @lru_cache(maxsize=4)
    def of_split(folder: Path, split: str) -> "Backgrounds":
        """Those prepared in `folder` for `split`; each worker process opens them once."""
        prepared = Prepared(folder)
        return Backgrounds(
            *([c.samples for c in prepared.clips(r, split)] for r in ("noise", "rir"))
        )

    def draw_noise(self, sample_count: int, draw: np.random.Generator) -> np.ndarray:
        """A stretch of one noise recording from a drawn start on, float32 [sample_count]."""
        noise = self.noise[draw.integers(len(self.noise))]
        crop = crop_cyclic(noise, sample_count, int(draw.integers(len(noise))))
        return crop.astype(np.float32) / 32768

    def draw_room(self, draw: np.random.Generator) -> np.ndarray:
        room = self.rooms[draw.integers(len(self.rooms))]
        return room.astype(np.float32) / 32768


def copies_for_training(
    samples: np.ndarray,
    speech: np.ndarray,
    backgrounds: Backgrounds,
    params: Prepare,
    seed_parts: tuple[str | int, ...],
) -> Iterator[tuple[str, np.ndarray]]:
    """Copies for training, (condition, float32 [samples]), with drawn room, noise and level.

    `samples` is float32 [samples], `speech` bool [samples]. Each copy has a generator of its own,
    seeded by `seed_parts` and its number, so that one copy more leaves the others as they are.
    """
    for number in range(params.noisy_copies):
        draw = generator(*seed_parts, "copy", number)
        in_room = draw.random() < params.reverberant_share
        snr_db = draw.uniform(params.snr_min_db, params.snr_max_db)
        gain_db = draw.uniform(params.gain_min_db, params.gain_max_db)
        copy = samples
        if in_room and backgrounds.rooms:
            copy = reverberate(copy, backgrounds.draw_room(draw))
        if backgrounds.noise:
            copy = mix_at_snr(copy, speech, backgrounds.draw_noise(len(copy), draw), snr_db)
        yield f"copy_{number}", copy * np.float32(amplitude(gain_db))


def copies_for_test(
    samples: np.ndarray,
    speech: np.ndarray,
    backgrounds: Backgrounds,
    params: Prepare,
    seed_parts: tuple[str | int, ...],
) -> Iterator[tuple[str, np.ndarray]]:
    """Noise at each test level, (condition, float32 [samples]); none without noise recordings."""
    if not backgrounds.noise:
        return
    for snr_db in params.test_snrs_db:
        noise = backgrounds.draw_noise(len(samples), generator(*seed_parts, "test"))
        yield f"snr_{snr_db:g}_db", mix_at_snr(samples, speech, noise, snr_db)
