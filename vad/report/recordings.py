"""One recording on the page: tracks on one time axis, and its sound."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vad.evaluation.comparisons import EXCERPT_S, Comparison, Excerpt
from vad.evaluation.scoring import MODELS
from vad.intervals import clip, difference, intersect, total
from vad.report.charts import path_data
from vad.report.measures import MODEL_TITLES
from vad.report.sound import envelope, mp3, png, spectrogram
from vad.silero.geometry import Geometry

# Across a track; its height is 100. They stretch with the page and hold no text.
TRACK_WIDTH = 1000
WAVEFORM_COLUMNS = 700
TICK_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5)
MOST_TICKS = 8
# The page shows times to this precision; a shorter cut is not shown as an excerpt.
SHOWN_S = 0.1


@dataclass(frozen=True)
class Bar:
    """A part of the excerpt as the page draws it, in per cent of the excerpt's length."""

    left: float
    width: float


@dataclass(frozen=True)
class ModelTrack:
    """One model: a path of probabilities, its segments, and their errors."""

    model: str
    title: str
    probabilities: str
    threshold: float
    segments: list[Bar]
    missed: list[Bar]
    false_alarms: list[Bar]


@dataclass(frozen=True)
class RecordingView:
    """An excerpt of a recording as the page's template wants it; times in seconds."""

    name: str
    corpus: str
    start_s: float
    end_s: float
    whole_s: float
    error_s: Mapping[str, float]
    waveform: str
    spectrum: str
    sound: str
    speech: list[Bar]
    unlabelled: list[Bar]
    tracks: list[ModelTrack]
    ticks: list[tuple[float, str]]
    highest_khz: int

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s

    @property
    def is_excerpt(self) -> bool:
        return self.whole_s - self.seconds >= SHOWN_S


def recording_view(
    comparison: Comparison, geometry: Geometry, thresholds: Mapping[str, float]
) -> RecordingView:
    """At most EXCERPT_S of a recording, where the models differ most."""
    rate = geometry.sample_rate
    excerpt = comparison.excerpt(EXCERPT_S * rate, rate)
    samples = comparison.samples(excerpt)
    whole = np.array([[0, comparison.sample_count]])
    return RecordingView(
        name=comparison.name,
        corpus=comparison.corpus,
        start_s=excerpt.start / rate,
        end_s=excerpt.end / rate,
        whole_s=comparison.sample_count / rate,
        error_s={model: float(total(comparison.errors[model]) / rate) for model in MODELS},
        waveform=waveform_path(samples),
        spectrum=data_uri("image/png", png(spectrogram(samples, rate, WAVEFORM_COLUMNS))),
        sound=data_uri("audio/mpeg", mp3(samples, rate)),
        speech=bars(comparison.speech, excerpt),
        unlabelled=bars(difference(whole, comparison.annotated), excerpt),
        tracks=[
            model_track(comparison, model, excerpt, geometry, thresholds[model]) for model in MODELS
        ],
        ticks=time_ticks(excerpt.start / rate, excerpt.end / rate),
        highest_khz=rate // 2000,
    )


def model_track(
    comparison: Comparison, model: str, excerpt: Excerpt, geometry: Geometry, threshold: float
) -> ModelTrack:
    """The track of `model` within the excerpt; segments start at `threshold`."""
    segments, errors = comparison.segments[model], comparison.errors[model]
    return ModelTrack(
        model=model,
        title=MODEL_TITLES[model],
        probabilities=probability_path(comparison.probabilities(model), excerpt, geometry),
        threshold=threshold,
        segments=bars(segments, excerpt),
        missed=bars(intersect(comparison.speech, errors), excerpt),
        false_alarms=bars(intersect(segments, errors), excerpt),
    )


def bars(intervals: np.ndarray, excerpt: Excerpt) -> list[Bar]:
    """The parts of `intervals` ([intervals, 2] in samples) within the excerpt."""
    cut = clip(intervals, excerpt.start, excerpt.end)
    edges = 100 * (cut - excerpt.start) / (excerpt.end - excerpt.start)
    return [Bar(round(start, 3), round(end - start, 3)) for start, end in edges.tolist()]


def probability_path(probabilities: np.ndarray, excerpt: Excerpt, geometry: Geometry) -> str:
    """`probabilities` [windows] as a path over the excerpt, each at the middle of its window."""
    middles = (np.arange(len(probabilities)) + 0.5) * geometry.window_samples
    is_shown = (middles >= excerpt.start) & (middles < excerpt.end)
    columns = (middles[is_shown] - excerpt.start) / (excerpt.end - excerpt.start) * TRACK_WIDTH
    return path_data(columns, 100 * (1 - probabilities[is_shown]))


def waveform_path(samples: np.ndarray) -> str:
    """The envelope of int16 [samples] as a path that goes there along the top and back below."""
    low, high = envelope(samples, WAVEFORM_COLUMNS).T
    columns = np.linspace(0, TRACK_WIDTH, len(low))
    outline = np.concatenate([high, low[::-1]])
    return path_data(np.concatenate([columns, columns[::-1]]), 50 - 50 * outline) + "Z"


def time_ticks(start_s: float, end_s: float) -> list[tuple[float, str]]:
    """Place in per cent and text of each tick of the time axis, at most MOST_TICKS."""
    length_s = end_s - start_s
    step_s = next((step for step in TICK_STEPS_S if length_s / step < MOST_TICKS), 5)
    numbers = np.arange(np.ceil(start_s / step_s), np.floor(end_s / step_s) + 1)
    return [
        (round(100 * (tick - start_s) / length_s, 3), f"{tick:.10g} s")
        for tick in (numbers * step_s).tolist()
    ]


def data_uri(media_type: str, content: bytes) -> str:
    """`content` as an address that holds it."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
