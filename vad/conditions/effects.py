"""The conditions in which a recording is trained and tested, drawn by hash of its name."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial

import numpy as np

from vad.conditions.channel import clip_above_speech, drop_packets, packet_count, telephone
from vad.conditions.mixing import amplitude, babble, crop_cyclic, mix_at_snr, reverberate
from vad.params import AUTO, Prepare
from vad.prepared import CLEAN, Clip, Prepared
from vad.randomness import generator
from vad.silero.geometry import Geometry

NOWHERE = np.zeros(0, np.int64)
# Who speaks: a corpus with a speaker of it or, where none is known, with a recording.
Speaker = tuple[str, str, str]


def speaker_of(corpus: str, name: str, speaker: str | None) -> Speaker:
    """The one who speaks in recording `name`; unknown speakers are as many as recordings."""
    # An unknown speaker that went through a table is not a string.
    known = isinstance(speaker, str) and speaker != ""
    return (corpus, "speaker", str(speaker)) if known else (corpus, "recording", name)


@dataclass(frozen=True)
class Voice:
    """The speech of one speaker: int16 [samples], and its edges, int64 [intervals, 2]."""

    speaker: Speaker
    samples: np.ndarray
    speech: np.ndarray

    @staticmethod
    def of(clip: Clip) -> "Voice":
        """The voice of a prepared recording, mapped, not read."""
        return Voice(speaker_of(clip.corpus, clip.name, clip.speaker), clip.samples, clip.speech)

    @property
    def speech_samples(self) -> int:
        return int((self.speech[:, 1] - self.speech[:, 0]).sum())

    def crop(self, sample_count: int, start: int) -> np.ndarray:
        """Speech without the pauses from its sample `start` on, cyclic: float32 [sample_count]."""
        spoken = np.concatenate([self.samples[first:end] for first, end in self.speech])
        return crop_cyclic(spoken, sample_count, start).astype(np.float32) / 32768


@dataclass(frozen=True)
class Others:
    """Voices except those at some places, int64 in rising order; nothing is copied."""

    everyone: Sequence[Voice]
    left_out: np.ndarray

    def __len__(self) -> int:
        return len(self.everyone) - len(self.left_out)

    def __getitem__(self, number: int) -> Voice:
        others_before = self.left_out - np.arange(len(self.left_out))
        return self.everyone[number + int(np.searchsorted(others_before, number, side="right"))]


@dataclass(frozen=True)
class Voices:
    """The voices of one split; as many sets of others are drawn from them as there are clips."""

    everyone: Sequence[Voice]

    @cached_property
    def places(self) -> dict[Speaker, np.ndarray]:
        """Where each speaker is, int64 [places] in rising order."""
        places: dict[Speaker, list[int]] = {}
        for place, voice in enumerate(self.everyone):
            places.setdefault(voice.speaker, []).append(place)
        return {speaker: np.array(own) for speaker, own in places.items()}

    def others(self, speaker: Speaker) -> Others:
        return Others(self.everyone, self.places.get(speaker, NOWHERE))


@dataclass(frozen=True)
class Backgrounds:
    """Noise recordings and room responses of one split, int16 [samples] each, and its voices.

    `main` is the speaker who is to stand out: all others may babble, none before it is known.
    """

    geometry: Geometry
    noise: list[np.ndarray]
    rooms: list[np.ndarray]
    voices: Voices
    main: Speaker | None = None

    @staticmethod
    @lru_cache(maxsize=4)
    def of_split(prepared: Prepared, split: str) -> "Backgrounds":
        """Those prepared for `split`; each worker process collects them once."""
        speech = prepared.clips("speech", split)
        voices = [Voice.of(c) for c in speech if c.condition == CLEAN and len(c.speech)]
        return Backgrounds(
            geometry=prepared.geometry,
            noise=[c.samples for c in prepared.clips("noise", split) if c.condition == CLEAN],
            rooms=[clip.samples for clip in prepared.clips("rir", split)],
            voices=Voices(voices),
        )

    def beside(self, corpus: str, name: str, speaker: str | None) -> "Backgrounds":
        """The same beside recording `name`: its speaker does not babble."""
        return replace(self, main=speaker_of(corpus, name, speaker))

    @cached_property
    def babblers(self) -> Others:
        """The voices of everyone but the main speaker."""
        return self.voices.others(self.main) if self.main else Others((), NOWHERE)

    def draw_noise(self, sample_count: int, draw: np.random.Generator) -> np.ndarray:
        """A stretch of one noise recording from a drawn start on, float32 [sample_count]."""
        noise = self.noise[draw.integers(len(self.noise))]
        crop = crop_cyclic(noise, sample_count, int(draw.integers(len(noise))))
        return crop.astype(np.float32) / 32768

    def draw_room(self, draw: np.random.Generator) -> np.ndarray:
        room = self.rooms[draw.integers(len(self.rooms))]
        return room.astype(np.float32) / 32768

    def draw_babble(
        self, sample_count: int, voice_count: int, draw: np.random.Generator
    ) -> np.ndarray:
        """`voice_count` others from drawn starts on, float32 [sample_count].

        Where there are fewer, some are heard more than once, at several places.
        """
        chosen = draw.choice(
            len(self.babblers), voice_count, replace=voice_count > len(self.babblers)
        )
        voices = [self.babblers[number] for number in chosen]
        starts = [int(draw.integers(voice.speech_samples)) for voice in voices]
        crops = (v.crop(sample_count, start) for v, start in zip(voices, starts, strict=True))
        return babble(crops, sample_count)


@dataclass(frozen=True)
class Scene:
    """What an effect may draw on beside the samples; `speech` is bool [samples]."""

    speech: np.ndarray
    backgrounds: Backgrounds
    params: Prepare


Effect = Callable[[np.ndarray, Scene, np.random.Generator], np.ndarray]


def copies_for_training(
    samples: np.ndarray,
    speech: np.ndarray,
    backgrounds: Backgrounds,
    params: Prepare,
    seed_parts: tuple[str | int, ...],
) -> Iterator[tuple[str, np.ndarray]]:
    """Copies for training, (condition, float32 [samples]), each through all EFFECTS in order.

    `samples` is float32 [samples], `speech` bool [samples]. Each effect on each copy has a
    generator of its own, seeded by `seed_parts`, the copy's number and the effect's name: one
    copy more, or another parameter of one effect, leaves all other draws as they are.
    """
    if params.augmented_copies == AUTO:
        raise AssertionError("counted_copies makes it a number")
    scene = Scene(speech, backgrounds, params)
    for number in range(params.augmented_copies):
        copy = samples
        for name, effect in EFFECTS.items():
            copy = effect(copy, scene, generator(*seed_parts, "copy", number, name))
        yield f"copy_{number}", copy


def copies_for_test(
    samples: np.ndarray,
    speech: np.ndarray,
    backgrounds: Backgrounds,
    params: Prepare,
    seed_parts: tuple[str | int, ...],
) -> Iterator[tuple[str, np.ndarray]]:
    """Test conditions, (condition, float32 [samples]), one effect each, at stated levels.

    The same noise at every level. No noise, rooms or other voices: no condition that needs them.
    """
    draw = partial(generator, *seed_parts, "test")
    if backgrounds.noise:
        noise = backgrounds.draw_noise(len(samples), draw("noise"))
        for snr_db in params.test_snrs_db:
            yield f"snr_{snr_db:g}_db", mix_at_snr(samples, speech, noise, snr_db)
    if backgrounds.rooms:
        room = backgrounds.draw_room(draw("room"))
        yield "reverberant", reverberate(samples, room, backgrounds.geometry.window_samples)
    yield "telephone", telephone(samples, backgrounds.geometry.sample_rate)
    if backgrounds.babblers:
        voices = backgrounds.draw_babble(len(samples), params.babble_voices, draw("babble"))
        yield "babble", mix_at_snr(samples, speech, voices, params.test_babble_db)


def _room(samples: np.ndarray, scene: Scene, draw: np.random.Generator) -> np.ndarray:
    rooms = scene.backgrounds
    if draw.random() >= scene.params.reverberant_share or not rooms.rooms:
        return samples
    return reverberate(samples, rooms.draw_room(draw), rooms.geometry.window_samples)


def _babble(samples: np.ndarray, scene: Scene, draw: np.random.Generator) -> np.ndarray:
    params, backgrounds = scene.params, scene.backgrounds
    is_noise = params.background_speech == "noise"
    if draw.random() >= params.babble_share or not backgrounds.babblers or not is_noise:
        return samples
    snr_db = draw.uniform(params.babble_min_db, params.babble_max_db)
    voices = backgrounds.draw_babble(len(samples), params.babble_voices, draw)
    return mix_at_snr(samples, scene.speech, voices, snr_db)


def _noise(samples: np.ndarray, scene: Scene, draw: np.random.Generator) -> np.ndarray:
    params = scene.params
    if draw.random() >= params.noise_share or not scene.backgrounds.noise:
        return samples
    snr_db = draw.uniform(params.snr_min_db, params.snr_max_db)
    noise = scene.backgrounds.draw_noise(len(samples), draw)
    return mix_at_snr(samples, scene.speech, noise, snr_db)


def _gain(samples: np.ndarray, scene: Scene, draw: np.random.Generator) -> np.ndarray:
    gain_db = draw.uniform(scene.params.gain_min_db, scene.params.gain_max_db)
    return samples * np.float32(amplitude(gain_db))


def _clipping(samples: np.ndarray, scene: Scene, draw: np.random.Generator) -> np.ndarray:
    params = scene.params
    if draw.random() >= params.clipped_share:
        return samples
    headroom_db = draw.uniform(params.clipping_min_db, params.clipping_max_db)
    return clip_above_speech(samples, scene.speech, headroom_db)


def _dc_offset(samples: np.ndarray, scene: Scene, draw: np.random.Generator) -> np.ndarray:
    if draw.random() >= scene.params.dc_offset_share:
        return samples
    return samples + np.float32(draw.uniform(-1, 1) * scene.params.dc_offset_max)


def _telephone(samples: np.ndarray, scene: Scene, draw: np.random.Generator) -> np.ndarray:
    if draw.random() >= scene.params.telephone_share:
        return samples
    return telephone(samples, scene.backgrounds.geometry.sample_rate)


def _packets(samples: np.ndarray, scene: Scene, draw: np.random.Generator) -> np.ndarray:
    if draw.random() >= scene.params.packet_loss_share:
        return samples
    sample_rate = scene.backgrounds.geometry.sample_rate
    lost_share, repeat = draw.random() * scene.params.packet_loss_max, draw.random() < 0.5
    lost = draw.random(packet_count(len(samples), sample_rate)) < lost_share
    return drop_packets(samples, lost, sample_rate, repeat=repeat)


# In the order in which sound meets them: the room, the microphone, the line.
EFFECTS: dict[str, Effect] = {
    "room": _room,
    "babble": _babble,
    "noise": _noise,
    "gain": _gain,
    "clipping": _clipping,
    "dc_offset": _dc_offset,
    "telephone": _telephone,
    "packets": _packets,
}
