"""Speech probabilities of prepared clips from both models, and the segments made of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate, chain
from pathlib import Path

import numpy as np
import pandas as pd
from onnxruntime import InferenceSession

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
from vad.prepared import CLEAN, Clip, Prepared, opened
from vad.silero.geometry import GEOMETRIES, Geometry
from vad.silero.resampling import resampled
from vad.silero.weights import load_published
from vad.workers import Step, run_parallel

MODELS = ("published", "finetuned")
# Test recordings one after another, as a client hears them that never resets the state.
STREAM = "stream"
# Test recordings at the rate of the other branch, where that one is tuned as well.
OTHER_RATES = {rate: f"rate_{rate}" for rate in GEOMETRIES}
# Conditions of speech that is in the pooled figures already, as recorded.
REPEATED = (STREAM, *OTHER_RATES.values())
LONGEST_STREAM_S = 3600
# Audio that a worker scores at a time, and the least that is worth the start of workers.
PART_S = 300
LEAST_SHARED_S = 3600
# By what ends the names of metrics at them; "" is the usual point, that of a drop-in.
OperatingPoints = Mapping[str, OperatingPoint]


@dataclass(frozen=True)
class ScoredClip:
    """A clip with its window labels and the speech probabilities of each model.

    `speech` and `annotated` are bool [windows], `probabilities` float32 [windows] by model.
    """

    clip: Clip
    speech: np.ndarray
    annotated: np.ndarray
    probabilities: Mapping[str, np.ndarray]

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


def open_models(sequence: Path, geometry: Geometry, opset: int) -> dict[str, InferenceSession]:
    """Sessions of the published and the fine-tuned sequence file, by model.

    They are opened once in each process until the file changes; VadError where it is not there.
    """
    modified_ns = sequence.stat().st_mtime_ns if sequence.exists() else 0
    return _opened_models(sequence, modified_ns, geometry, opset)


@lru_cache(maxsize=1)
def _opened_models(
    sequence: Path, _modified_ns: int, geometry: Geometry, opset: int
) -> dict[str, InferenceSession]:
    return {"published": _published(geometry, opset), "finetuned": open_session(sequence)}


def _published(geometry: Geometry, opset: int) -> InferenceSession:
    model = sequence_model(load_published(geometry.sample_rate), opset)
    return open_session(model.SerializeToString())


def score(
    data: Prepared, split: str, sequence: Path, opset: int, *, as_recorded: bool = False
) -> list[ScoredClip]:
    """Every speech clip of `split`, in each condition or as recorded, then every noise clip.

    Each clip starts from a silent state, as a client starts a recording. `sequence` is the
    fine-tuned file, `opset` that of the published one. Workers share the clips where they last
    LEAST_SHARED_S or more.
    """
    table = data.recordings[data.recordings["split"] == split]
    if as_recorded:
        table = table[table["condition"] == CLEAN]
    rows = pd.concat([table[table["role"] == role] for role in ("speech", "noise")])
    total_s = rows["sample_count"].sum() / data.geometry.sample_rate
    parts = in_parts(rows, data.geometry)
    by_part = run_parallel(
        score_part,
        [(data.folder, part, sequence, opset) for part in parts],
        f"evaluate: score {split}",
        [Step(len(part)) for part in parts],
        "clips",
        most_workers=None if total_s >= LEAST_SHARED_S else 1,
    )
    values = dict(zip(chain(*parts), chain(*by_part), strict=True))
    return [labelled(data.clip(row), values[row], data.geometry) for row in rows.index]


def in_parts(rows: pd.DataFrame, geometry: Geometry) -> list[list[int]]:
    """`rows` of the table of recordings in parts of about PART_S, each of one shard."""
    parts = []
    for _, members in rows.groupby("shard"):
        ends = members["sample_count"].cumsum() - members["sample_count"]
        number = ends // (PART_S * geometry.sample_rate)
        parts += [part.index.tolist() for _, part in members.groupby(number)]
    return parts


def score_part(
    folder: Path, rows: Sequence[int], sequence: Path, opset: int
) -> list[dict[str, np.ndarray]]:
    """The probabilities of each model for each clip in `rows` of the table of recordings."""
    data = opened(folder)
    sessions = open_models(sequence, data.geometry, opset)
    scored = []
    for row in rows:
        scored.append(probabilities_of(data.clip(row), sessions, data.geometry))
        # Long recordings would fill memory with samples that are not needed any more.
        data.release()
    return scored


def probabilities_of(
    clip: Clip, sessions: Mapping[str, InferenceSession], geometry: Geometry
) -> dict[str, np.ndarray]:
    """The speech probabilities of one clip by each model, float32 [windows]."""
    return {
        model: sequence_probabilities(session, clip.samples, geometry)
        for model, session in sessions.items()
    }


def labelled(clip: Clip, probabilities: Mapping[str, np.ndarray], geometry: Geometry) -> ScoredClip:
    """One clip with its window labels and the probabilities of each model."""
    return ScoredClip(
        clip, clip.speech_windows(geometry), clip.annotated_windows(geometry), probabilities
    )


def score_streams(
    scored: Sequence[ScoredClip], sessions: Mapping[str, InferenceSession], geometry: Geometry
) -> list[ScoredClip]:
    """The recordings of speech of each corpus as one stream, the state carried: condition STREAM.

    Of the clips as recorded, in their order, as many as LONGEST_STREAM_S holds.
    """
    by_corpus: dict[str, list[ScoredClip]] = defaultdict(list)
    for one in scored:
        if one.clip.role == "speech" and one.clip.condition == CLEAN:
            by_corpus[one.clip.corpus].append(one)
    return [
        streamed
        for members in by_corpus.values()
        for streamed in score_stream(members, sessions, geometry)
    ]


def score_stream(
    members: Sequence[ScoredClip], sessions: Mapping[str, InferenceSession], geometry: Geometry
) -> Iterator[ScoredClip]:
    """As many of `members` as LONGEST_STREAM_S holds, scored one after another."""
    lengths_s = [len(one.clip.samples) / geometry.sample_rate for one in members]
    states = {model: silent_state() for model in sessions}
    for member, end_s in zip(members, accumulate(lengths_s), strict=True):
        if end_s > LONGEST_STREAM_S:
            return
        probabilities = {}
        for model, session in sessions.items():
            probabilities[model], states[model] = continued_probabilities(
                session, member.clip.samples, geometry, states[model]
            )
        clip = replace(member.clip, condition=STREAM)
        yield replace(member, clip=clip, probabilities=probabilities)


def score_other_rate(
    scored: Sequence[ScoredClip], streaming: Path, data: Geometry, opset: int
) -> list[ScoredClip]:
    """The recordings of speech at the other rate, by that branch of `streaming` if it is tuned.

    `data` is the geometry of the clips. Windows and labels stay, since both rates have the same
    windows; the published model is the official branch for that rate.
    """
    session = open_session(streaming)
    other = next(g for g in GEOMETRIES.values() if g != data)
    if other.sample_rate not in tuned_rates(session):
        return []
    published = _published(other, opset)
    rescored = []
    for one in scored:
        if one.clip.role == "speech" and one.clip.condition == CLEAN:
            samples = resampled(one.clip.samples, data.sample_rate, other.sample_rate)
            probabilities = {
                "published": sequence_probabilities(published, samples, other),
                "finetuned": streaming_probabilities(session, samples, other),
            }
            clip = replace(one.clip, condition=OTHER_RATES[other.sample_rate])
            rescored.append(replace(one, clip=clip, probabilities=probabilities))
    return rescored


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
