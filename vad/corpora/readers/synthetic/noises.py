"""Generated noise without speech: float64 [samples] of unit power, from an explicit generator.

Kinds differ in spectrum and in how they vary, from steady hiss to noise with the rhythm of
syllables, on which a voice activity detector fires falsely.
"""

from collections.abc import Callable

import numpy as np
from scipy.fft import next_fast_len

from vad.corpora.readers.synthetic.espeak_process import RATE_HZ
from vad.corpora.readers.synthetic.events import EVENTS
from vad.corpora.readers.synthetic.music import music

LOW_CUT_HZ = 30.0

Noise = Callable[[int, np.random.Generator], np.ndarray]


def of_unit_power(samples: np.ndarray) -> np.ndarray:
    """`samples` [samples] scaled to a mean square of 1."""
    return samples / np.sqrt(np.mean(samples**2))


def shaped(
    sample_count: int, draw: np.random.Generator, gain: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Gaussian noise of unit power; `gain` gives its amplitude at each frequency (Hz)."""
    frequency = np.fft.rfftfreq(sample_count, 1 / RATE_HZ)
    spectrum = draw.standard_normal(2 * len(frequency)).view(complex)
    return of_unit_power(np.fft.irfft(spectrum * gain(frequency), sample_count))


def coloured(sample_count: int, draw: np.random.Generator, exponent: float) -> np.ndarray:
    """Noise with a power that falls with frequency as 1 / f**exponent, down to LOW_CUT_HZ."""
    return shaped(
        sample_count,
        draw,
        lambda f: np.maximum(f, LOW_CUT_HZ) ** (-exponent / 2) * (f >= LOW_CUT_HZ),
    )


def white(sample_count: int, draw: np.random.Generator) -> np.ndarray:
    """Equal power at all frequencies."""
    return coloured(sample_count, draw, 0)


def pink(sample_count: int, draw: np.random.Generator) -> np.ndarray:
    """Equal power in every octave, as a ventilated room."""
    return coloured(sample_count, draw, 1)


def brown(sample_count: int, draw: np.random.Generator) -> np.ndarray:
    """Low rumble, as in a car."""
    return coloured(sample_count, draw, 2)


def hum(sample_count: int, draw: np.random.Generator) -> np.ndarray:
    """Mains hum with its harmonics over faint hiss."""
    time_s = np.arange(sample_count) / RATE_HZ
    mains_hz = draw.choice([50.0, 60.0])
    tones = sum(
        draw.uniform(0.3, 1) / order**0.7 * np.sin(2 * np.pi * (order * mains_hz * time_s + phase))
        for order, phase in enumerate(draw.random(12), 1)
    )
    return of_unit_power(of_unit_power(tones) + 0.2 * pink(sample_count, draw))


def engine(sample_count: int, draw: np.random.Generator) -> np.ndarray:
    """Harmonics of a turning speed that drifts, over rumble."""
    speed_hz = draw.uniform(45, 110) * np.exp(0.15 * slow(sample_count, draw, 0.3))
    turns = np.cumsum(speed_hz) / RATE_HZ
    orders = np.arange(1, 15)
    parts = draw.uniform(0.2, 1, len(orders)) / orders**0.5
    tones = sum(part * np.sin(2 * np.pi * o * turns) for part, o in zip(parts, orders, strict=True))
    return of_unit_power(of_unit_power(tones) + 0.7 * brown(sample_count, draw))


def rain(sample_count: int, draw: np.random.Generator) -> np.ndarray:
    """Hiss that swells slowly, with drops in it."""
    swelling = pink(sample_count, draw) * np.exp(0.5 * slow(sample_count, draw, 0.5))
    return of_unit_power(swelling + struck(sample_count, draw, per_second=60, ring_s=0.002))


def wind(sample_count: int, draw: np.random.Generator) -> np.ndarray:
    """Rumble in gusts."""
    return of_unit_power(coloured(sample_count, draw, 1.6) * np.exp(slow(sample_count, draw, 0.7)))


def typing(sample_count: int, draw: np.random.Generator) -> np.ndarray:
    """Keys struck irregularly in a quiet room."""
    keys = struck(sample_count, draw, per_second=6, ring_s=0.012)
    return of_unit_power(keys + 0.15 * pink(sample_count, draw))


def machine(sample_count: int, draw: np.random.Generator) -> np.ndarray:
    """Noise in a narrow band that comes and goes as fast as syllables do."""
    time_s = np.arange(sample_count) / RATE_HZ
    beat = np.sin(2 * np.pi * (draw.uniform(2, 6) * time_s + draw.random()))
    tone = np.sin(2 * np.pi * draw.uniform(300, 1500) * time_s)
    band = slow(sample_count, draw, draw.uniform(100, 400)) * tone
    return of_unit_power(band * (1 + np.tanh(3 * beat)) + 0.1 * pink(sample_count, draw))


def melody(sample_count: int, draw: np.random.Generator) -> np.ndarray:
    """Plucked notes with overtones, as a ring tone or music on hold."""
    samples = 0.02 * pink(sample_count, draw)
    root_hz = draw.uniform(130, 330)
    start = 0
    while start < sample_count:
        time_s = np.arange(min(RATE_HZ, sample_count - start)) / RATE_HZ
        pitch_hz = root_hz * 2 ** (draw.choice([0, 2, 4, 7, 9, 12]) / 12)
        for overtone in range(1, 5):
            decay = np.exp(-time_s * (2 + overtone))
            tone = np.sin(2 * np.pi * overtone * pitch_hz * time_s)
            samples[start : start + len(time_s)] += decay * tone / overtone
        start += int(draw.choice([0.2, 0.4, 0.6]) * RATE_HZ)
    return of_unit_power(samples)


def chords(sample_count: int, draw: np.random.Generator) -> np.ndarray:
    """Sustained chords with vibrato, as of strings or an organ."""
    samples = 0.02 * pink(sample_count, draw)
    root_hz = draw.uniform(80, 250)
    start = 0
    while start < sample_count:
        held_s = draw.uniform(0.3, 2)
        time_s = np.arange(min(int(held_s * RATE_HZ), sample_count - start)) / RATE_HZ
        swell = np.minimum(time_s / 0.05, 1) * np.minimum((held_s - time_s) / 0.1, 1)
        vibrato_s = draw.uniform(0, 2e-4) * np.sin(2 * np.pi * draw.uniform(4, 7) * time_s)
        for step in draw.choice([0, 3, 4, 7, 9, 12, 16], 3, replace=False):
            turns = root_hz * 2 ** (step / 12) * (time_s + vibrato_s)
            for overtone, part in enumerate(draw.uniform(0.2, 1, 8), 1):
                tone = np.sin(2 * np.pi * overtone * turns)
                samples[start : start + len(time_s)] += swell * part * tone / overtone
        start += len(time_s)
    return of_unit_power(samples)


def slow(sample_count: int, draw: np.random.Generator, bandwidth_hz: float) -> np.ndarray:
    """Noise below `bandwidth_hz`, of unit power: a course that wanders."""
    return shaped(sample_count, draw, lambda f: np.exp(-((f / bandwidth_hz) ** 2)) * (f > 0))


def struck(
    sample_count: int, draw: np.random.Generator, per_second: float, ring_s: float
) -> np.ndarray:
    """Things struck at random times that ring for about `ring_s`, of unit power."""
    hits = draw.standard_normal(sample_count) * (draw.random(sample_count) < per_second / RATE_HZ)
    time_s = np.arange(int(8 * ring_s * RATE_HZ)) / RATE_HZ
    ring = draw.standard_normal(len(time_s)) * np.exp(-time_s / ring_s)
    size = next_fast_len(sample_count + len(ring), real=True)
    rung = np.fft.irfft(np.fft.rfft(hits, size) * np.fft.rfft(ring, size), size)
    return of_unit_power(rung[:sample_count])


def at_unit_power(noise: Noise) -> Noise:
    """`noise` at a mean square of 1."""
    return lambda sample_count, draw: of_unit_power(noise(sample_count, draw))


NOISES: dict[str, Noise] = {
    noise.__name__: noise
    for noise in (white, pink, brown, hum, engine, rain, wind, typing, machine, melody, chords)
} | {name: at_unit_power(noise) for name, noise in (EVENTS | {"music": music}).items()}
