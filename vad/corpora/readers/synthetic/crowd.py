"""Many people who talk at once in a room, none of them to be understood: a canteen, a party."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vad.conditions.mixing import amplitude, crop_cyclic, reverberate
from vad.corpora.readers.synthetic import (
    NOISE_LEVEL_DB,
    PITCH,
    VOICES,
    WORDS_PER_MINUTE,
    Card,
    finished,
    from_int16,
    speech_runs,
    turns,
)
from vad.corpora.readers.synthetic.espeak import Utterance, speak
from vad.corpora.readers.synthetic.espeak_process import RATE_HZ
from vad.corpora.readers.synthetic.events import between
from vad.corpora.readers.synthetic.noises import of_unit_power
from vad.corpora.readers.synthetic.rooms import room_response
from vad.corpora.readers.synthetic.sentences import SENTENCES
from vad.corpora.recording import LabelledAudio, LabelRule, Recording, as_labelled, in_blocks, whole
from vad.intervals import unite
from vad.randomness import generator

TALKERS = (12, 60)
# All talkers speak these in turn, each from another start and at another pitch.
UTTERANCES = 16
SPEEDS = (0.8, 1.25)
TALKER_LEVEL_DB = (-8.0, 0.0)
# Groups of talkers, each with a way of its own to the microphone; their direct sound is faint.
GROUPS = 4
DIRECT = 0.3


@dataclass(frozen=True, kw_only=True)
class CrowdRecording(Recording):
    """A crowd of the voices of one split; `is_speech`: whether it is labelled as speech."""

    voices: tuple[str, ...]
    is_speech: bool
    seed: int

    def blocks(self, sample_rate: int, rule: LabelRule = as_labelled) -> Iterator[LabelledAudio]:
        """The crowd at a drawn level, speech from start to end or nowhere."""
        draw = generator(self.seed, self.corpus, self.name)
        samples = crowd(self.monologue(draw), round(self.duration_s * RATE_HZ), draw)
        samples *= amplitude(draw.uniform(*NOISE_LEVEL_DB))
        everywhere = whole(self.duration_s)
        speech = everywhere if self.is_speech else unite([])
        audio = LabelledAudio(finished(samples, sample_rate), speech, everywhere)
        yield from in_blocks(audio, sample_rate, rule)

    def monologue(self, draw: np.random.Generator) -> np.ndarray:
        """Sentences of several voices without pauses between them, float64 [samples]."""
        utterances = []
        for voice in draw.choice(self.voices, UTTERANCES):
            text = draw.choice(SENTENCES[voice.partition("+")[0]])
            speed, pitch = draw.integers(*WORDS_PER_MINUTE), draw.integers(*PITCH)
            utterances.append(Utterance(str(text), str(voice), int(speed), int(pitch)))
        spoken = [from_int16(data) for data in speak(utterances)]
        runs = [speech_runs(samples) for samples in spoken]
        voiced = (s[r[0, 0] : r[-1, 1]] for s, r in zip(spoken, runs, strict=True))
        return np.concatenate([of_unit_power(samples) for samples in voiced])


def crowd(monologue: np.ndarray, sample_count: int, draw: np.random.Generator) -> np.ndarray:
    """Talkers who all speak `monologue` [samples], float64 [sample_count] of unit power."""
    groups = np.zeros((GROUPS, sample_count))
    for number in range(round(between(*TALKERS, draw))):
        speed = draw.uniform(*SPEEDS)
        start = int(draw.integers(len(monologue)))
        monologue_part = crop_cyclic(monologue, int(sample_count * speed) + 1, start)
        voice = np.interp(
            np.arange(sample_count) * speed, np.arange(len(monologue_part)), monologue_part
        )
        groups[number % GROUPS] += amplitude(draw.uniform(*TALKER_LEVEL_DB)) * voice
    return of_unit_power(np.sum([_far(group, draw) for group in groups], axis=0))


def _far(samples: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """`samples` [samples] in a drawn room, more of the room than of the direct sound."""
    response = room_response(draw, RATE_HZ)
    response[0] *= DIRECT
    return reverberate(samples, response, lead_samples=0)


def plan_crowds(card: Card, count: int, *, is_speech: bool) -> Iterator[CrowdRecording]:
    """`count` crowds of the card's noise length, shared out over the splits."""
    for split, number in turns(count):
        if fields := card.fields_of(f"{split}/crowd/{number:02d}", "speech"):
            yield CrowdRecording(
                **fields,
                duration_s=card.noise_seconds,
                voices=VOICES[split],
                is_speech=is_speech,
                seed=card.seed,
            )
