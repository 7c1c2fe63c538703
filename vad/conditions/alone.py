"""Noise by itself, at levels and speeds and in colours that its recordings do not have.

A copy of speech over noise teaches that such noise is heard while somebody speaks. Unless the same
noise is heard as loud without speech, it counts as a sign of speech.
"""

from collections.abc import Iterator

import numpy as np
import soxr

from vad.conditions.mixing import SILENT_POWER, amplitude, power
from vad.params import Prepare
from vad.randomness import generator

# Slower and deeper or faster and higher, by up to a third.
SPEEDS = (0.75, 1.3)
# A gain (dB) is drawn at each octave, and for every second colour a limit as of a muffled sound.
OCTAVES_HZ = 62.5 * 2.0 ** np.arange(8)
GAIN_DB = (-15.0, 15.0)
MUFFLED_HZ = (400.0, 4000.0)
MUFFLED_DB_PER_OCTAVE = 48.0
MOST_MUFFLED_DB = 80.0


def noise_copies(
    samples: np.ndarray,
    sample_rate: int,
    params: Prepare,
    seed_parts: tuple[str | int, ...],
) -> Iterator[tuple[str, np.ndarray]]:
    """Copies of noise, (condition, float32 [samples]), as many as `params` asks for.

    Every second one is at another speed, and so of another length, and the second half of them
    is coloured. Each has a generator of its own, seeded by `seed_parts` and its number.
    """
    for number in range(params.noise_only_copies):
        draw = generator(*seed_parts, "alone", number)
        copy = at_speed(samples, sample_rate, draw) if number % 2 else samples
        if 2 * number >= params.noise_only_copies:
            copy = coloured(copy, sample_rate, draw)
        level_db = draw.uniform(params.noise_level_min_db, params.noise_level_max_db)
        yield f"alone_{number}", at_level(copy, level_db)


def at_speed(samples: np.ndarray, sample_rate: int, draw: np.random.Generator) -> np.ndarray:
    """`samples` [samples] played at a drawn speed, float32 [others]."""
    speed = np.exp(draw.uniform(*np.log(SPEEDS)))
    return np.asarray(soxr.resample(samples, sample_rate * speed, sample_rate))


def coloured(samples: np.ndarray, sample_rate: int, draw: np.random.Generator) -> np.ndarray:
    """`samples` [samples] through a drawn filter without phase, float32 [samples]."""
    frequency_hz = np.maximum(np.fft.rfftfreq(len(samples), 1 / sample_rate), 1)
    gain_db = np.interp(
        np.log(frequency_hz), np.log(OCTAVES_HZ), draw.uniform(*GAIN_DB, len(OCTAVES_HZ))
    )
    if draw.random() < 0.5:
        limit_hz = np.exp(draw.uniform(*np.log(MUFFLED_HZ)))
        beyond = MUFFLED_DB_PER_OCTAVE * np.log2(frequency_hz / limit_hz)
        gain_db -= np.clip(beyond, 0, MOST_MUFFLED_DB)
    spectrum = np.fft.rfft(samples) * 10 ** (gain_db / 20)
    return np.fft.irfft(spectrum, len(samples)).astype(np.float32)


def at_level(samples: np.ndarray, level_db: float) -> np.ndarray:
    """`samples` [samples] at `level_db` (dBFS, root mean square); silence stays silence."""
    current = power(samples)
    if current < SILENT_POWER:
        return samples
    return samples * np.float32(amplitude(level_db) / np.sqrt(current))
