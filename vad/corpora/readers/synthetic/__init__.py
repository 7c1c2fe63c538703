"""The demo corpus: sentences spoken by eSpeak NG over generated noise, made when asked for.

No audio is kept or downloaded. Every draw comes from a hash of the card's seed and the
recording's name. Labels are those of the clean speech, before any noise: exact by construction.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import soxr
from pydantic import Field, model_validator

from vad.conditions.mixing import amplitude
from vad.corpora.card import BaseCard, Split
from vad.corpora.readers.synthetic.espeak import Utterance, speak
from vad.corpora.readers.synthetic.espeak_process import RATE_HZ
from vad.corpora.readers.synthetic.noises import NOISES
from vad.corpora.readers.synthetic.rooms import DECAY_60_DB_S, room_response
from vad.corpora.readers.synthetic.sentences import SENTENCES
from vad.corpora.recording import (
    LabelledAudio,
    LabelRule,
    Recording,
    as_labelled,
    in_blocks,
    whole,
)
from vad.faults import Faults
from vad.intervals import from_mask, merge_gaps, unite
from vad.randomness import generator

# A test hears neither a voice nor a language of the training. The variants of eSpeak NG are unlike
# each other: deep, high, hoarse, whispering, and those of its second synthesiser (klatt).
VOICES: dict[Split, tuple[str, ...]] = {
    "train": (
        *("en+m3", "de+f2", "es+whisper", "fr+klatt2", "nl+m7"),
        *("en+croak", "de+whisperf", "es+f5", "fr+m1", "nl+klatt4"),
    ),
    "val": ("pl+f3", "pt+klatt3", "pl+m2", "pt+whisper"),
    "test": ("ru+m5", "it+whisperf", "sv+f4", "it+klatt", "ru+f3", "sv+m8"),
}
# Nor a kind of noise, except those under its speech. Music comes more than once.
NOISE_KINDS: dict[Split, tuple[str, ...]] = {
    "train": (
        *("music", "pink", "machine", "animals", "music", "drill", "white", "birds"),
        *("music", "chords", "typing", "knocks", "music", "wind", "blades", "hum"),
        *("music", "siren", "crackle"),
    ),
    "val": ("brown", "music", "drill", "knocks", "machine", "music", "animals", "typing"),
    "test": ("engine", "melody", "bells", "rain"),
}
# The split of each recording in turn, so that three recordings are enough for all splits.
TURNS: tuple[Split, ...] = (
    *("train", "test", "val", "train", "train", "test"),
    *("train", "train", "test", "train", "val", "train"),
)

GAP_S = (0.3, 2.0)
# A sentence with its gap takes 3.4 s on average: so many fill a recording up to its last gap.
SHORT_TURN_S = 2.5
WORDS_PER_MINUTE = (130, 220)
PITCH = (25, 75)
SPEECH_LEVEL_DB = (-34.0, -18.0)
NOISE_LEVEL_DB = (-40.0, -15.0)
PEAK = 0.98

FRAME_SAMPLES = RATE_HZ // 100
SPEECH_RANGE_DB = 40.0
LONGEST_PAUSE_S = 0.2


class Card(BaseCard):
    """How much is spoken, and how loud the noise is."""

    role: Literal["speech"] = "speech"
    recordings: Annotated[int, Field(ge=3, le=10_000)]
    seconds: Annotated[int, Field(ge=3, le=600)]
    noise_recordings: Annotated[int, Field(ge=0, le=10_000)]
    noise_seconds: Annotated[int, Field(ge=1, le=600)]
    rooms: Annotated[int, Field(ge=0, le=10_000)] = 0
    snr_min_db: Annotated[float, Field(ge=-60, le=60)]
    snr_max_db: Annotated[float, Field(ge=-60, le=60)]
    seed: int

    @model_validator(mode="after")
    def _check_levels(self) -> "Card":
        if self.snr_min_db > self.snr_max_db:
            raise ValueError(
                f"snr_min_db is {self.snr_min_db:g}, expected at most snr_max_db, "
                f"{self.snr_max_db:g}"
            )
        return self


@dataclass(frozen=True, kw_only=True)
class NoiseRecording(Recording):
    """Generated noise of one kind."""

    kind: str
    seed: int

    def blocks(self, sample_rate: int, rule: LabelRule = as_labelled) -> Iterator[LabelledAudio]:
        """Noise at a drawn level, without speech."""
        draw = generator(self.seed, self.corpus, self.name)
        samples = NOISES[self.kind](round(self.duration_s * RATE_HZ), draw)
        samples *= amplitude(draw.uniform(*NOISE_LEVEL_DB))
        audio = LabelledAudio(finished(samples, sample_rate), unite([]), whole(self.duration_s))
        yield from in_blocks(audio, sample_rate, rule)


@dataclass(frozen=True, kw_only=True)
class RoomRecording(Recording):
    """A generated room response."""

    seed: int

    def blocks(self, sample_rate: int, rule: LabelRule = as_labelled) -> Iterator[LabelledAudio]:
        """The response, its direct sound first."""
        response = room_response(generator(self.seed, self.corpus, self.name), RATE_HZ)
        samples = finished(response, sample_rate)
        audio = LabelledAudio(samples, unite([]), whole(len(samples) / sample_rate))
        yield from in_blocks(audio, sample_rate, rule)


@dataclass(frozen=True, kw_only=True)
class SpokenRecording(Recording):
    """Sentences of one voice with gaps between them, over noise at a drawn level."""

    voice: str
    noise_kinds: tuple[str, ...]
    snr_db: tuple[float, float]
    seed: int

    def blocks(self, sample_rate: int, rule: LabelRule = as_labelled) -> Iterator[LabelledAudio]:
        """Speech over noise; labels are those of the speech alone."""
        draw = generator(self.seed, self.corpus, self.name)
        sample_count = round(self.duration_s * RATE_HZ)
        spoken = [from_int16(data) for data in speak(self.utterances(draw))]
        speech, intervals = laid_out(spoken, sample_count, draw)
        noise = NOISES[draw.choice(self.noise_kinds)](sample_count, draw)
        level, snr = draw.uniform(*SPEECH_LEVEL_DB), draw.uniform(*self.snr_db)
        mixed = amplitude(level) * (speech + amplitude(-snr) * noise)
        audio = LabelledAudio(finished(mixed, sample_rate), intervals, whole(self.duration_s))
        yield from in_blocks(audio, sample_rate, rule)

    def utterances(self, draw: np.random.Generator) -> list[Utterance]:
        """Enough sentences to fill the recording, in an order drawn anew when all were spoken."""
        sentences = SENTENCES[self.voice.partition("+")[0]]
        count = int(self.duration_s / SHORT_TURN_S) + 1
        orders = [draw.permutation(len(sentences)) for _ in range(count)]
        return [
            Utterance(
                sentences[index],
                self.voice,
                int(draw.integers(*WORDS_PER_MINUTE)),
                int(draw.integers(*PITCH)),
            )
            for index in np.concatenate(orders)[:count]
        ]


def read(_folder: Path, card: Card, _faults: Faults) -> list[Recording]:
    return plan(card)


def plan(card: Card) -> list[Recording]:
    """The recordings that the card plans: a longer plan begins with the shorter one."""
    return [*_plan_speech(card), *_plan_noise(card), *_plan_rooms(card)]


def _plan_speech(card: Card) -> Iterator[SpokenRecording]:
    for split, number in turns(card.recordings):
        voice = VOICES[split][number % len(VOICES[split])]
        if fields := card.fields_of(f"{split}/{voice}/{number:02d}", "speech"):
            yield SpokenRecording(
                **fields,
                duration_s=card.seconds,
                voice=voice,
                noise_kinds=NOISE_KINDS[split],
                snr_db=(card.snr_min_db, card.snr_max_db),
                seed=card.seed,
            )


def _plan_noise(card: Card) -> Iterator[NoiseRecording]:
    for split, number in turns(card.noise_recordings):
        kind = NOISE_KINDS[split][number % len(NOISE_KINDS[split])]
        if fields := card.fields_of(f"{split}/noise/{kind}-{number:02d}", "noise"):
            yield NoiseRecording(**fields, duration_s=card.noise_seconds, kind=kind, seed=card.seed)


def _plan_rooms(card: Card) -> Iterator[RoomRecording]:
    for split, number in turns(card.rooms):
        if fields := card.fields_of(f"{split}/room/{number:02d}", "rir"):
            yield RoomRecording(**fields, duration_s=DECAY_60_DB_S[1], seed=card.seed)


def turns(count: int) -> list[tuple[Split, int]]:
    """The split of each of `count` recordings, and its number in that split."""
    seen: Counter[Split] = Counter()
    turns = []
    for index in range(count):
        split = TURNS[index % len(TURNS)]
        turns.append((split, seen[split]))
        seen[split] += 1
    return turns


def from_int16(data: bytes) -> np.ndarray:
    """The samples in `data` as float64 [samples], -1..1."""
    return np.frombuffer(data, np.int16) / 32768


def laid_out(
    spoken: list[np.ndarray], sample_count: int, draw: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Utterances with drawn gaps between them, cut off at the end.

    Returns float64 [sample_count], of unit power where there is speech, and the speech,
    float64 [intervals, 2] in seconds.
    """
    samples, is_speech = np.zeros(sample_count), np.zeros(sample_count, bool)
    pairs = []
    start = 0
    for utterance in spoken:
        start += int(draw.uniform(*GAP_S) * RATE_HZ)
        runs = speech_runs(utterance)
        voiced = utterance[runs[0, 0] : runs[-1, 1]][: max(sample_count - start, 0)]
        samples[start : start + len(voiced)] = voiced
        for first, last in np.minimum(runs - runs[0, 0] + start, sample_count):
            is_speech[first:last] = True
            pairs.append((first / RATE_HZ, last / RATE_HZ))
        start += runs[-1, 1] - runs[0, 0]
    return samples / np.sqrt(np.mean(samples[is_speech] ** 2)), unite(pairs)


def speech_runs(utterance: np.ndarray) -> np.ndarray:
    """Where clean speech [samples] is heard, int64 [runs, 2] in samples.

    These are the 10 ms frames within SPEECH_RANGE_DB of the loudest; shorter pauses than
    LONGEST_PAUSE_S are speech.
    """
    frames = utterance[: len(utterance) // FRAME_SAMPLES * FRAME_SAMPLES]
    power = np.mean(frames.reshape(-1, FRAME_SAMPLES) ** 2, axis=1)
    heard = power > power.max() * amplitude(-2 * SPEECH_RANGE_DB)
    return merge_gaps(from_mask(heard) * FRAME_SAMPLES, LONGEST_PAUSE_S * RATE_HZ)


def finished(samples: np.ndarray, sample_rate: int) -> np.ndarray:
    """`samples` [samples] at `sample_rate` (Hz), float32, turned down where they would clip."""
    resampled = soxr.resample(samples, RATE_HZ, sample_rate)
    return (resampled * min(1.0, PEAK / np.abs(resampled).max())).astype(np.float32)
