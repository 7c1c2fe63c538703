"""Generated music: a few instruments of drawn timbre play drawn notes over drawn drums.

Voice activity detectors fire on real music more often than on any other sound without speech. What
they take for a voice is a harmonic tone that comes and goes as fast as syllables do, so timbres,
tempos and ways of playing vary more than melodies do.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vad.corpora.readers.synthetic.espeak_process import RATE_HZ
from vad.corpora.readers.synthetic.events import HISS, between, times, tones

SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9), (0, 3, 5, 6, 7, 10))
BEATS_PER_MINUTE = (55, 180)
# Melody, chords and bass: where the lowest note is (Hz), and how many sound at once.
PARTS = ((150, 600, 1), (100, 250, 3), (40, 80, 1))
# Partials above this are left out: they are weak, and would cost most of the time.
HIGHEST_PARTIAL_HZ = 8000
MOST_PARTIALS = 16
# How long a note takes to die away when it is let go.
RELEASE_S = 0.1


@dataclass(frozen=True)
class Instrument:
    """How a note sounds: `partials` [partials] are amplitudes of multiples of its pitch."""

    partials: np.ndarray
    stretch: float
    attack_s: float
    decay_s: float
    vibrato_hz: float
    vibrato_depth: float
    glide: float

    @staticmethod
    def drawn(draw: np.random.Generator) -> "Instrument":
        """From a flute to a piano, a bell, strings or a reed."""
        orders = np.arange(1, MOST_PARTIALS + 1)
        partials = draw.uniform(0.1, 1, MOST_PARTIALS) / orders ** draw.uniform(0.3, 2.5)
        if draw.random() < 0.2:
            partials[1::2] *= 0.1
        return Instrument(
            partials=partials,
            stretch=draw.choice([0, 0, 0, 0.0005, 0.15]),
            attack_s=between(0.002, 0.2, draw),
            decay_s=between(0.08, 5, draw),
            vibrato_hz=draw.uniform(3, 8),
            vibrato_depth=draw.choice([0, 0, 0.003, 0.01, 0.03]),
            glide=draw.choice([0, 0, 0, 0.1]),
        )

    def note(self, pitch_hz: float, length_s: float, draw: np.random.Generator) -> np.ndarray:
        """A note held for `length_s`, float64 [samples]."""
        time_s = times(length_s + RELEASE_S)
        sway = self.vibrato_depth * np.sin(
            2 * np.pi * self.vibrato_hz * time_s + draw.uniform(0, 6)
        )
        bend = self.glide * draw.uniform(-1, 1) * np.exp(-time_s / 0.05)
        turns = np.cumsum(pitch_hz * (1 + sway + bend)) / RATE_HZ
        envelope = np.minimum(time_s / self.attack_s, 1) * np.exp(-time_s / self.decay_s)
        envelope *= np.clip((length_s - time_s) / RELEASE_S + 1, 0, 1)
        orders = np.arange(1, MOST_PARTIALS + 1) ** (1 + self.stretch)
        audible = orders * pitch_hz < HIGHEST_PARTIAL_HZ
        return envelope * tones(turns, orders[audible], self.partials[audible])


def music(sample_count: int, draw: np.random.Generator) -> np.ndarray:
    """One to three parts and perhaps drums, float64 [sample_count]."""
    beat_s, scale = 60 / draw.uniform(*BEATS_PER_MINUTE), SCALES[draw.integers(len(SCALES))]
    chosen = draw.choice(len(PARTS), draw.integers(1, len(PARTS) + 1), replace=False)
    samples = HISS * draw.standard_normal(sample_count)
    for number in chosen:
        low_hz, high_hz, voices = PARTS[number]
        scale_hz = draw.uniform(low_hz, high_hz) * 2 ** (np.array(scale) / 12)
        part = played(sample_count, draw, beat_s, scale_hz, voices)
        samples += draw.uniform(0.3, 1) * part / np.sqrt(np.mean(part**2) + HISS)
    if draw.random() < 0.5:
        samples += draw.uniform(0.3, 1.5) * drums(sample_count, draw, beat_s)
    return samples


def played(
    sample_count: int,
    draw: np.random.Generator,
    beat_s: float,
    scale_hz: np.ndarray,
    voices: int,
) -> np.ndarray:
    """Notes of `scale_hz` and the octave above it by one instrument, `voices` at once."""
    instrument, pitches = Instrument.drawn(draw), np.concatenate([scale_hz, 2 * scale_hz])
    legato, step = draw.uniform(0.3, 1.1), int(draw.integers(len(pitches)))
    samples = np.zeros(sample_count)
    for start, length_s in rhythm(sample_count, draw, beat_s * (2 if voices > 1 else 1)):
        step = int(np.clip(step + draw.integers(-3, 4), 0, len(pitches) - 1))
        for voice in range(voices):
            pitch_hz = pitches[(step + 2 * voice) % len(pitches)]
            note = instrument.note(pitch_hz, legato * length_s, draw)[: sample_count - start]
            samples[start : start + len(note)] += draw.uniform(0.5, 1) * note
    return samples


def rhythm(
    sample_count: int, draw: np.random.Generator, beat_s: float
) -> Iterator[tuple[int, float]]:
    """The first sample of each note and its length (s); some beats are rests."""
    lengths, rests = draw.choice([0.25, 0.5, 1, 1.5, 2], 3), draw.uniform(0, 0.4)
    start = 0
    while start < sample_count:
        length_s = beat_s * draw.choice(lengths)
        if draw.random() >= rests:
            yield start, length_s
        start += int(length_s * RATE_HZ) + 1


def drums(sample_count: int, draw: np.random.Generator, beat_s: float) -> np.ndarray:
    """A low drum, a snare and a cymbal in a bar that repeats, float64 [sample_count]."""
    samples = np.zeros(sample_count)
    step = int(beat_s * RATE_HZ / 4)
    for density, sound in ((0.25, thud(draw)), (0.2, hiss(draw, 0.08)), (0.5, hiss(draw, 0.03))):
        bar = draw.random(16) < density
        for number in range(sample_count // step):
            if bar[number % 16]:
                hit = sound[: sample_count - number * step]
                samples[number * step : number * step + len(hit)] += draw.uniform(0.5, 1) * hit
    return samples


def thud(draw: np.random.Generator) -> np.ndarray:
    """A drum with a falling pitch, float64 [samples]."""
    time_s = times(0.3)
    pitch_hz = draw.uniform(40, 90) * (1 + 3 * np.exp(-time_s / 0.03))
    return 2 * np.sin(2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ) * np.exp(-time_s / 0.1)


def hiss(draw: np.random.Generator, ring_s: float) -> np.ndarray:
    """A burst of noise without low frequencies, float64 [samples]."""
    time_s = times(6 * ring_s)
    return np.diff(draw.standard_normal(len(time_s) + 1)) * np.exp(-time_s / ring_s)
