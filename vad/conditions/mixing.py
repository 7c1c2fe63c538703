"""Noise, rooms, other voices and levels; every function takes and returns arrays."""

from collections.abc import Iterable

import numpy as np
from scipy.signal import oaconvolve

# A crop of noise below this power (-100 dBFS) is silence and cannot be scaled to a level.
SILENT_POWER = 1e-10


def amplitude(decibels: float) -> float:
    """The factor on samples that a level change in dB means."""
    return float(10 ** (decibels / 20))


def power(samples: np.ndarray) -> float:
    """Mean square of `samples` [samples]; 0 when there are none."""
    return float(np.mean(np.square(samples, dtype=np.float64))) if samples.size else 0.0


def speech_power(samples: np.ndarray, speech: np.ndarray) -> float:
    """Mean square where `speech` (bool [samples]) holds, of all samples when it holds nowhere."""
    return power(samples[speech]) if speech.any() else power(samples)


def crop_cyclic(samples: np.ndarray, sample_count: int, start: int) -> np.ndarray:
    """`sample_count` samples from `start` on, beginning again at the end: [sample_count]."""
    first = samples[start % len(samples) :][:sample_count]
    return np.concatenate((first, np.resize(samples, sample_count - len(first))))


def mix_at_snr(
    samples: np.ndarray, speech: np.ndarray, noise: np.ndarray, snr_db: float
) -> np.ndarray:
    """`samples` [samples] plus `noise` [samples], scaled so that speech is `snr_db` above it.

    The speech level is that of `speech_power`. Silence on either side leaves `samples` as they
    are.
    """
    level, noise_level = speech_power(samples, speech), power(noise)
    if min(level, noise_level) < SILENT_POWER:
        return samples
    factor = np.sqrt(level / noise_level) / amplitude(snr_db)
    return (samples + np.float32(factor) * noise).astype(np.float32)


def babble(voices: Iterable[np.ndarray], sample_count: int) -> np.ndarray:
    """The sum of `voices`, float32 [sample_count] each, all brought to one level; silence is 0."""
    total = np.zeros(sample_count, np.float32)
    for voice in voices:
        level = power(voice)
        if level >= SILENT_POWER:
            total += voice / np.float32(np.sqrt(level))
    return total


def reverberate(samples: np.ndarray, response: np.ndarray, lead_samples: int) -> np.ndarray:
    """`samples` [samples] in the room of `response`, at the same power and length.

    The strongest peak of the response stays at time zero, and what comes more than
    `lead_samples` before it is left out, so that no sound is heard further ahead of its label.
    Silence on either side leaves `samples` as they are.
    """
    peak = int(np.argmax(np.abs(response)))
    lead = min(peak, lead_samples)
    wet = oaconvolve(samples, response[peak - lead :])[lead : lead + len(samples)]
    level = power(wet)
    if level < SILENT_POWER:
        return samples
    return (wet * np.sqrt(power(samples) / level)).astype(np.float32)


def to_int16(samples: np.ndarray) -> np.ndarray:
    """Samples within -1..1 as int16; louder audio is turned down as a whole, never clipped."""
    loudest = max(samples.max(initial=0.0), -samples.min(initial=0.0))
    scaled = samples * np.float32(32768 / max(1.0, float(loudest)))
    np.rint(scaled, out=scaled)
    return np.minimum(scaled, 32767, out=scaled).astype(np.int16)
