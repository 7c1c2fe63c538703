"""The copies of a prepared recording, by its role and split, and how many of them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from vad.conditions.alone import noise_copies
from vad.conditions.effects import Backgrounds, copies_for_test, copies_for_training
from vad.conditions.mixing import to_int16
from vad.intervals import to_mask
from vad.params import AUTO, Prepare
from vad.prepared import Clip, Prepared, opened
from vad.prepared.writing import COPIES, Task

# Of each recording, where the number is automatic: more make up for a corpus of a few minutes.
LEAST_COPIES, MOST_COPIES = 3, 12
AUGMENTED_HOURS = 0.5


def counted_copies(params: Prepare, speech_hours: float, noise_hours: float) -> Prepare:
    """`params` with the numbers of copies for so many hours of training recordings.

    An automatic one is as high as AUGMENTED_HOURS take, between LEAST_COPIES and MOST_COPIES. It
    is lower where the copies of all recordings exceed the limit.
    """

    def limited(wanted: int, hours: float) -> int:
        return min(wanted, max(1, int(params.augmented_hours / hours))) if hours else wanted

    fitting = int(AUGMENTED_HOURS / speech_hours) if speech_hours else 0
    automatic = min(max(fitting, LEAST_COPIES), MOST_COPIES)
    copies = params.augmented_copies
    wanted = automatic if copies == AUTO else copies
    counts = {
        "augmented_copies": limited(wanted, speech_hours),
        "noise_only_copies": limited(params.noise_only_copies, noise_hours),
    }
    return params.model_copy(update=counts)


def copy_tasks(prepared: Prepared) -> Iterator[Task]:
    """The user's speech, of each split, and noise but that of the test is copied."""
    rows = prepared.recordings
    is_speech, is_noise = (rows["role"] == role for role in ("speech", "noise"))
    for number, row in rows[is_speech | (is_noise & (rows["split"] != "test"))].iterrows():
        name = f"{row['corpus']}/{row['name']}/{row['block']}"
        yield Task(COPIES, row["split"], name, row["shard"], row["sample_count"], number)


def copy_clip(params: Prepare, seed: int, folder: Path, number: int) -> Iterator[Clip]:
    """The prepared clip `number` of `folder` in other conditions."""
    prepared = opened(folder)
    yield from copies_of(prepared.clip(number), prepared, params, seed)
    prepared.release()


def copies_of(clip: Clip, prepared: Prepared, params: Prepare, seed: int) -> Iterator[Clip]:
    """Speech of training and test in their conditions, or noise alone: `clip` is not among them."""
    copies = _noise_alone if clip.role == "noise" else _in_conditions
    return copies(clip, prepared, params, (seed, clip.corpus, clip.name, clip.block))


def _noise_alone(
    clip: Clip, prepared: Prepared, params: Prepare, seed_parts: tuple[str | int, ...]
) -> Iterator[Clip]:
    """Copies may be shorter or longer than `clip`."""
    rate = prepared.geometry.sample_rate
    for condition, copy in noise_copies(_as_float(clip.samples), rate, params, seed_parts):
        annotated = np.array([[0, len(copy)]])
        yield replace(clip, condition=condition, samples=to_int16(copy), annotated=annotated)


def _in_conditions(
    clip: Clip, prepared: Prepared, params: Prepare, seed_parts: tuple[str | int, ...]
) -> Iterator[Clip]:
    """Copies have the labels of `clip`."""
    is_speech = to_mask(clip.speech, len(clip.samples))
    backgrounds = Backgrounds.of_split(prepared, clip.split)
    beside = backgrounds.beside(clip.corpus, clip.name, clip.speaker)
    copies = copies_for_test if clip.split == "test" else copies_for_training
    for condition, copy in copies(_as_float(clip.samples), is_speech, beside, params, seed_parts):
        yield replace(clip, condition=condition, samples=to_int16(copy))


def _as_float(samples: np.ndarray) -> np.ndarray:
    return samples.astype(np.float32) / 32768
