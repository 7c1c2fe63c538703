"""Speech probabilities of prepared clips from both models, and the segments made of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from onnxruntime import InferenceSession

from vad.errors import VadError
from vad.evaluation.segments import OperatingPoint, speech_segments
from vad.export.graph import sequence_model
from vad.export.runtime import (
    continued_probabilities,
    open_session,
    sequence_probabilities,
    silent_state,
    streaming_probabilities,
    tuned_rates,
)
from vad.prepared import Clip
from vad.silero.geometry import GEOMETRIES, Geometry
from vad.silero.resampling import resampled
from vad.silero.weights import load_published

MODELS = ("published", "finetuned")
# Test recordings one after another, as a client hears them that never resets the state.
STREAM = "stream"
# Test recordings at the rate of the other branch, where that one is tuned as well.
OTHER_RATES = {rate: f"rate_{rate}" for rate in GEOMETRIES}
# Conditions of speech that is in the pooled figures already, as recorded.
REPEATED = (STREAM, *OTHER_RATES.values())
# By what ends the names of metrics at them; "" is the usual point, that of a drop-in.
OperatingPoints = Mapping[str, OperatingPoint]

Probabilities = dict[str, np.ndarray]
# Role, corpus and name: what is drawn, counted and shown as one.
Recording = tuple[str, str, str]


@dataclass(frozen=True)
class ScoredClip:
    """A clip with its window labels and the speech probabilities of each model.

    `speech` and `annotated` are bool [windows], `probabilities` float32 [windows] by model.
    """

    clip: Clip
    speech: np.ndarray
    annotated: np.ndarray
    probabilities: Mapping[str, np.ndarray]

    @property
    def recording(self) -> Recording:
        return self.clip.role, self.clip.corpus, self.clip.name

    def annotated_windows(self, model: str) -> tuple[np.ndarray, np.ndarray]:
        """Labels and probabilities of the windows that count, [annotated windows] each."""
        return self.speech[self.annotated], self.probabilities[model][self.annotated]


@dataclass(frozen=True)
class DetectedClip:
    """A scored clip with the segments of each model at each of its operating points.

    `segments` is int64 [intervals, 2] in samples by model and ending of the operating point.
    """

    scored: ScoredClip
    segments: Mapping[tuple[str, str], np.ndarray]

    @property
    def clip(self) -> Clip:
        return self.scored.clip


class Exported(NamedTuple):
    """The two files of stage export_onnx, and the operator set of the published model."""

    sequence: Path
    streaming: Path
    opset: int

    def sessions(self, geometry: Geometry) -> dict[str, InferenceSession]:
        """Sessions of the published and the fine-tuned sequence file, by model.

        They are opened once in each process until the file changes; VadError where there is none.
        """
        modified_ns = self.sequence.stat().st_mtime_ns if self.sequence.exists() else 0
        return _opened(self.sequence, modified_ns, geometry, self.opset)

    def other_rate(self, geometry: Geometry) -> Geometry | None:
        """The geometry of the branch for the other rate if it is tuned."""
        other = next(g for g in GEOMETRIES.values() if g != geometry)
        return other if other.sample_rate in tuned_rates(open_session(self.streaming)) else None


@lru_cache(maxsize=1)
def _opened(
    sequence: Path, _modified_ns: int, geometry: Geometry, opset: int
) -> dict[str, InferenceSession]:
    finetuned = open_session(sequence)
    shapes = {value.name: value.shape for value in finetuned.get_inputs()}
    if shapes.get("input", [])[1:] != [geometry.input_samples]:
        raise VadError(f"{sequence}: expected a sequence file for {geometry.sample_rate} Hz")
    return {"published": _published(geometry, opset), "finetuned": finetuned}


def _published(geometry: Geometry, opset: int) -> InferenceSession:
    model = sequence_model(load_published(geometry.sample_rate), opset)
    return open_session(model.SerializeToString())


def scores(
    clips: Iterable[Clip], condition: str, geometry: Geometry, exported: Exported
) -> Iterator[Probabilities]:
    """The speech probabilities of each clip by each model, float32 [windows].

    `geometry` is that of the clips. In condition STREAM the state is carried from clip to clip, in
    one of OTHER_RATES the other branch reads them, in any other each starts from a silent state.
    """
    if condition in OTHER_RATES.values():
        yield from scores_at_other_rate(clips, geometry, exported)
    elif condition == STREAM:
        yield from scores_of_stream(clips, geometry, exported.sessions(geometry))
    else:
        sessions = exported.sessions(geometry)
        for clip in clips:
            yield {
                model: sequence_probabilities(session, clip.samples, geometry)
                for model, session in sessions.items()
            }


def scores_of_stream(
    clips: Iterable[Clip], geometry: Geometry, sessions: Mapping[str, InferenceSession]
) -> Iterator[Probabilities]:
    """The probabilities of clips that follow each other, the state carried."""
    states = {model: silent_state() for model in sessions}
    for clip in clips:
        probabilities = {}
        for model, session in sessions.items():
            probabilities[model], states[model] = continued_probabilities(
                session, clip.samples, geometry, states[model]
            )
        yield probabilities


def scores_at_other_rate(
    clips: Iterable[Clip], geometry: Geometry, exported: Exported
) -> Iterator[Probabilities]:
    """The probabilities of resampled clips by the other branch of each model.

    Both rates have the same windows.
    """
    other = next(g for g in GEOMETRIES.values() if g != geometry)
    published, finetuned = _published(other, exported.opset), open_session(exported.streaming)
    for clip in clips:
        samples = resampled(clip.samples, geometry.sample_rate, other.sample_rate)
        yield {
            "published": sequence_probabilities(published, samples, other),
            "finetuned": streaming_probabilities(finetuned, samples, other),
        }


def detect(
    scored: ScoredClip, geometry: Geometry, points: Mapping[str, OperatingPoints]
) -> DetectedClip:
    """The segments of a clip at the operating points of each model."""
    count = len(scored.clip.samples)
    segments = {
        (model, ending): speech_segments(
            scored.probabilities[model], count, geometry, point.options
        )
        for model, by_ending in points.items()
        for ending, point in by_ending.items()
    }
    return DetectedClip(scored, segments)
