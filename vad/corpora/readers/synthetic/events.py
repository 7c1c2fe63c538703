"""Generated sounds of things and animals that come and go.

Each is drawn anew: a kind has a way of sounding, not one sound. Functions called like a noise
give float64 [samples] of any power.
"""

from collections.abc import Callable

import numpy as np
from scipy.signal import oaconvolve

from vad.corpora.readers.synthetic.espeak_process import RATE_HZ

Sound = Callable[[np.random.Generator], np.ndarray]
Noise = Callable[[int, np.random.Generator], np.ndarray]

# Faint hiss under the sounds, so that no recording is digital silence.
HISS = 1e-3
# Levels of one example against another (powers of ten): 20 dB.
LEVELS = (-1.0, 0.0)
MOST_EXAMPLES = 5
# How often a machine under load changes it (s).
LOAD_S = 0.7


def between(low: float, high: float, draw: np.random.Generator) -> float:
    """A number with an evenly drawn logarithm."""
    return float(np.exp(draw.uniform(np.log(low), np.log(high))))


def times(length_s: float) -> np.ndarray:
    """Seconds from 0 on, float64 [samples]."""
    return np.arange(int(length_s * RATE_HZ)) / RATE_HZ


def scattered(sound: Sound, least: float, most: float) -> Noise:
    """A noise of a few drawn examples of `sound`, `least` to `most` of them per second."""

    def noise(sample_count: int, draw: np.random.Generator) -> np.ndarray:
        examples = [sound(draw) for _ in range(draw.integers(1, MOST_EXAMPLES + 1))]
        count = 1 + draw.poisson(between(least, most, draw) * sample_count / RATE_HZ)
        samples = HISS * draw.standard_normal(sample_count)
        for start in draw.integers(sample_count, size=count):
            example = examples[draw.integers(len(examples))][: sample_count - start]
            samples[start : start + len(example)] += 10 ** draw.uniform(*LEVELS) * example
        return samples

    return noise


def tones(turns: np.ndarray, orders: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Sines of `parts` [partials] at `orders` [partials] times the phase `turns` [samples]."""
    samples = np.zeros(len(turns))
    for order, part in zip(orders, parts, strict=True):
        samples += part * np.sin(2 * np.pi * order * turns)
    return samples


def swelling(
    course_hz: np.ndarray, parts: np.ndarray, hiss: float, draw: np.random.Generator
) -> np.ndarray:
    """A tone of pitch `course_hz` [samples] with `parts` [partials], hiss in it, that swells."""
    tone = tones(np.cumsum(course_hz) / RATE_HZ, np.arange(1, len(parts) + 1), parts)
    swell = np.sin(np.pi * np.linspace(0, 1, len(tone))) ** draw.uniform(0.3, 1)
    return swell * (tone + hiss * draw.standard_normal(len(tone)))


def chirp(draw: np.random.Generator) -> np.ndarray:
    """A note of a bird: a whistle that sweeps and trembles."""
    time_s = times(draw.uniform(0.04, 0.4))
    start_hz, end_hz = draw.uniform(1500, 6000, 2)
    course_hz = np.linspace(start_hz, end_hz, len(time_s))
    tremble = draw.choice([0, 0.05, 0.15]) * np.sin(2 * np.pi * draw.uniform(15, 60) * time_s)
    return swelling(course_hz * (1 + tremble), np.array([1, 0.1]), 0.01, draw)


def call(draw: np.random.Generator) -> np.ndarray:
    """A bark, croak or low: many partials around a resonance, a pitch that moves, a rough voice."""
    time_s, start_hz = times(between(0.05, 1.2, draw)), between(80, 900, draw)
    roughness = draw.standard_normal(len(time_s)).cumsum() / np.sqrt(RATE_HZ)
    course_hz = start_hz * np.linspace(1, draw.uniform(0.5, 1.3), len(time_s))
    course_hz *= 1 + draw.uniform(0, 0.1) * roughness
    distance = (np.arange(1, 25) * start_hz - draw.uniform(500, 1800)) / 900
    return swelling(course_hz, np.exp(-(distance**2)) + 0.05, draw.uniform(0.05, 1.5), draw)


def knock(draw: np.random.Generator) -> np.ndarray:
    """Something struck, from wood to glass: a click and a few tones that ring."""
    time_s, count = times(0.6), draw.integers(2, 8)
    ring = np.exp(-time_s / between(0.005, 0.15, draw))
    click = draw.standard_normal(len(time_s)) * np.exp(-time_s / 0.003)
    return tones(time_s, draw.uniform(150, 7000, count), draw.uniform(0.1, 1, count)) * ring + click


def crack(draw: np.random.Generator) -> np.ndarray:
    """The first 20 ms of a knock, as wood in a fire."""
    return knock(draw)[: RATE_HZ // 50]


def bell(draw: np.random.Generator) -> np.ndarray:
    """Partials of a church bell, from 200 to 1500 Hz on, that ring for seconds."""
    time_s = times(2.5)
    ratios = np.array([0.5, 1, 1.19, 1.5, 2, 2.5, 2.66, 3.01]) * draw.uniform(0.98, 1.02, 8)
    lowest_hz, samples = between(200, 1500, draw), np.zeros(len(time_s))
    for ratio in ratios:
        ring = draw.uniform(0.2, 1) * np.exp(-time_s * ratio / 0.8)
        samples += ring * np.sin(2 * np.pi * ratio * lowest_hz * time_s)
    return samples


def drill(sample_count: int, draw: np.random.Generator) -> np.ndarray:
    """A drill, saw or vacuum cleaner: buzz and roar under changing load, on and off."""
    steps = int(sample_count / RATE_HZ / LOAD_S) + 2
    position = np.arange(sample_count) / RATE_HZ / LOAD_S
    load = np.interp(position, np.arange(steps), draw.uniform(0.7, 1.2, steps))
    turns = np.cumsum(load * between(60, 450, draw)) / RATE_HZ
    roar = np.convolve(draw.standard_normal(sample_count), np.ones(draw.integers(1, 6)), "same")
    is_on = draw.random(steps) < draw.uniform(0.4, 1)
    power = 0.03 + np.interp(position, np.arange(steps), is_on)
    return power * (tones(turns, np.arange(1, 17), draw.random(16)) + between(0.3, 3, draw) * roar)


def blades(sample_count: int, draw: np.random.Generator) -> np.ndarray:
    """Noise in regular pulses: a rotor, wheels over joints, a washing machine, a clock."""
    turns = np.arange(sample_count) / RATE_HZ * between(0.8, 25, draw)
    pulses = np.exp(draw.uniform(1, 30) * (np.cos(2 * np.pi * turns) - 1))
    colour = np.exp(-np.arange(64) / draw.uniform(0.5, 20)) * draw.choice([-1, 1], 64)
    roar = oaconvolve(draw.standard_normal(sample_count), colour, "same")
    return roar * (pulses + draw.uniform(0.01, 0.3))


def siren(sample_count: int, draw: np.random.Generator) -> np.ndarray:
    """An alarm, a horn or a signal tone: a pitch that alternates or sweeps, on and off."""
    time_s = np.arange(sample_count) / RATE_HZ
    course = np.sin(2 * np.pi * draw.uniform(0.2, 6) * time_s)
    course = np.sign(course) if draw.random() < 0.5 else course
    pitch_hz = draw.uniform(250, 2500) * draw.uniform(1, 2) ** (course / 2)
    orders = np.arange(1, 9)
    tone = tones(np.cumsum(pitch_hz) / RATE_HZ, orders, draw.random(8) / orders)
    is_on = np.sin(2 * np.pi * draw.uniform(0.2, 2) * time_s) > draw.uniform(-1.5, 0.5)
    return tone * is_on + HISS * draw.standard_normal(sample_count)


EVENTS: dict[str, Noise] = {
    "birds": scattered(chirp, 1, 12),
    "animals": scattered(call, 0.5, 4),
    "knocks": scattered(knock, 1, 8),
    "crackle": scattered(crack, 10, 100),
    "bells": scattered(bell, 0.3, 4),
    "drill": drill,
    "blades": blades,
    "siren": siren,
}
