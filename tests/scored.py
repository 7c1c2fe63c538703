"""Scored clips and models without a network: what they say is drawn or told."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from vad.evaluation.metrics import ranking_metrics
from vad.evaluation.parts import Part
from vad.evaluation.scoring import MODELS, ScoredClip
from vad.prepared import CLEAN, Clip
from vad.silero.geometry import GEOMETRIES

GEOMETRY = GEOMETRIES[16000]


def scored_clip(name="r0", corpus="calls", role="speech", condition=CLEAN, seconds=12.0, **more):
    """A clip of utterances of half a second and more; the fine-tuned model is the better one."""
    draw = np.random.default_rng(list(f"{corpus}{name}{condition}{more}".encode()))
    count = int(seconds * GEOMETRY.sample_rate)
    edges = np.sort(draw.choice(count // 8000, 2 * int(seconds // 4), replace=False)) * 8000 + 123
    speech = edges.reshape(-1, 2) if role == "speech" else np.zeros((0, 2), np.int64)
    clip = Clip(
        **{"speaker": None, "split": "test", "block": 0, "licence": "in-house"} | more,
        corpus=corpus,
        name=name,
        role=role,
        condition=condition,
        samples=np.zeros(count, np.int16),
        speech=speech,
        annotated=np.array([[0, count]]),
    )
    labels = clip.speech_windows(GEOMETRY)
    noise = np.convolve(draw.standard_normal(len(labels) + 4), np.ones(5) / 2, "valid")
    logits = {"published": 2 * labels - 2.0 + noise, "finetuned": 5 * labels - 2.5 + noise}
    values = {model: (1 / (1 + np.exp(-logits[model]))).astype(np.float32) for model in MODELS}
    return ScoredClip(clip, labels, clip.annotated_windows(GEOMETRY), values)


@dataclass(frozen=True)
class KeptPart(Part):
    """A part whose clips were never in a prepared folder."""

    scored: Sequence[ScoredClip] = ()

    @property
    def recordings(self):
        return [one.recording for one in self.scored]

    def clips(self, only=None):
        return (one for one in self.scored if only in (None, one.recording))


def kept_part(folder: Path, clips: Sequence[ScoredClip]) -> KeptPart:
    """The clips as a part that keeps its counts in `folder`."""
    return KeptPart(folder, folder / f"{id(clips)}", range(len(clips)), 0.0, "", clips)


def ranked(windows):
    """The ranking of windows from their counts in bins."""
    none = [(0, 0)] * (windows.hits.ndim - 1) + [(1, 0)]
    passing = (windows.hits, windows.false_alarms)
    return ranking_metrics(*(np.pad(counts[..., ::-1], none) for counts in passing))


class Told:
    """A model that answers with given probabilities, whatever it hears."""

    def __init__(self, probabilities):
        self.probabilities = iter(np.asarray(probabilities, np.float32))

    def reset_states(self):
        pass

    def __call__(self, _chunk, _sample_rate):
        return torch.tensor(next(self.probabilities))
