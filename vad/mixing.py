"""Noise, rooms and levels laid over clean recordings; every function takes and returns arrays."""

import numpy as np
from scipy.signal import fftconvolve

# A crop of noise below this power (-100 dBFS) is silence and cannot be scaled to a level.
SILENT_POWER = 1e-10


def amplitude(decibels: float) -> float:
    """The factor on samples that a level change in dB means."""
    return float(10 ** (decibels / 20))


def power(samples: np.ndarray) -> float:
    """Mean square of `samples` [samples]; 0 when there are none."""
    return float(np.mean(np.square(samples, dtype=np.float64))) if samples.size else 0.0


def crop_cyclic(samples: np.ndarray, sample_count: int, start: int) -> np.ndarray:
    """`sample_count` samples from `start` on, beginning again at the end: [sample_count]."""
    return np.take(samples, np.arange(start, start + sample_count), mode="wrap")


def mix_at_snr(
    samples: np.ndarray, speech: np.ndarray, noise: np.ndarray, snr_db: float
) -> np.ndarray:
    """`samples` [samples] plus `noise` [samples], scaled so that speech lies `snr_db` above it.

    The speech level is the mean power where `speech` (bool [samples]) holds, or of the whole
    recording when it holds nowhere. Silence on either side leaves `samples` as they are.
    """
    speech_power = power(samples[speech]) if speech.any() else power(samples)
    noise_power = power(noise)
    if min(speech_power, noise_power) < SILENT_POWER:
        return samples
    factor = np.sqrt(speech_power / noise_power) / amplitude(snr_db)
    return (samples + np.float32(factor) * noise).astype(np.float32)


def reverberate(samples: np.ndarray, response: np.ndarray) -> np.ndarray:
    """`samples` [samples] in the room of `response`, at the same power and length.

    The strongest peak of the response, the direct sound, stays at time zero, so that labels hold.
    """
    direct = int(np.argmax(np.abs(response)))
    wet = fftconvolve(samples, response)[direct : direct + len(samples)]
    scale = np.sqrt(power(samples) / max(power(wet), SILENT_POWER))
    return (wet * scale).astype(np.float32)


def to_int16(samples: np.ndarray) -> np.ndarray:
    """Samples within -1..1 as int16; louder audio is turned down as a whole, never clipped."""
    scale = 32768 / max(1.0, float(np.abs(samples).max(initial=0.0)))
    return np.rint(samples * scale).clip(max=32767).astype(np.int16)
