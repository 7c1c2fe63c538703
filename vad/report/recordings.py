"""Recordings as the page's script draws them: probabilities, labels, and the sound of some."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vad.evaluation.comparisons import EXCERPT_S, Comparison, Excerpt
from vad.evaluation.results import Rendition, Results, most_gained, most_lost
from vad.evaluation.scoring import MODELS
from vad.evaluation.segments import VadOptions
from vad.evaluation.utterances import FALSE_RUN_S
from vad.prepared import CLEAN
from vad.report.charts import path_data
from vad.report.measures import group_order, group_title
from vad.report.sound import envelope, mp3, png, spectrogram
from vad.silero.geometry import Geometry
from vad.silero.windows import window_count

# The waveform stretches with the page and holds no text; its height is 100.
TRACK_WIDTH = 1000
WAVEFORM_COLUMNS = 700
# Of base64 in the page, which is to stay below 5 MB: sound and pictures, probabilities.
MEDIA_BYTES = 2_800_000
PROBABILITY_BYTES = 1_600_000
# Recordings of noise, and conditions of the recording that gains most, that can be heard.
HEARD_NOISES = 2
# Probabilities are rounded down to 16 bits. A hundredth is a whole number of levels, so no step of
# the slider falls between a probability and its level: the segments are those of the full number.
LEVELS = 100 * (2**16 // 100)


@dataclass(frozen=True)
class Selection:
    """The recordings of a page: those in its table, and by falling interest those to hear."""

    listed: Sequence[Comparison]
    heard: Sequence[Comparison]


def selection(results: Results) -> Selection:
    """As many recordings as the page holds, those with most error first; some have sound."""
    listed: list[Rendition] = []
    size = 0
    ranked = sorted(results.renditions, key=error_samples, reverse=True)
    for one in sorted(ranked, key=lambda one: one.condition != CLEAN):
        size += len(MODELS) * coded_length(window_count(one.length, results.geometry))
        if size > PROBABILITY_BYTES and listed:
            break
        listed.append(one)
    heard = {id(one): one for one in [*worth_hearing(results), *listed]}
    return Selection([one.comparison for one in listed], [one.comparison for one in heard.values()])


def worth_hearing(results: Results) -> Iterator[Rendition]:
    """Largest gains and losses, noise with most false alarms, conditions of one recording."""
    gained = most_gained(results.recordings)
    yield from gained
    yield from most_lost(results.recordings)
    noise = [one for one in results.recordings if one.role == "noise"]
    yield from sorted(noise, key=error_samples, reverse=True)[:HEARD_NOISES]
    for one in gained[:1]:
        same = [r for r in results.renditions if (r.corpus, r.name) == (one.corpus, one.name)]
        yield from sorted(same, key=lambda r: group_order("condition", r.condition))


def error_samples(one: Rendition) -> int:
    """Samples in error of both models together."""
    return sum(one.errors.values())


def page_data(
    chosen: Selection, geometry: Geometry, usual: VadOptions, files: Mapping[int, str]
) -> dict[str, Any]:
    """All that the script needs, for JSON; times in samples.

    `files` has the address of the sound of recordings beside the page, by their number in
    `chosen.heard`.
    """
    numbers = {id(one): number for number, one in enumerate(chosen.heard)}
    budget = MEDIA_BYTES
    media: dict[int, dict[str, str]] = {}
    listed = {id(one) for one in chosen.listed}
    for one in chosen.heard:
        if id(one) in listed and budget > 0:
            media[id(one)] = media_of(one, geometry)
            budget -= sum(map(len, media[id(one)].values()))
    recordings = []
    for one in chosen.listed:
        entry = entry_of(one, geometry)
        entry |= media.get(id(one), {})
        entry["file"] = files.get(numbers.get(id(one), -1), "")
        recordings.append(entry)
    return {
        "geometry": {
            "sampleRate": geometry.sample_rate,
            "windowSamples": geometry.window_samples,
        },
        "levels": LEVELS,
        "false_run": FALSE_RUN_S * geometry.sample_rate,
        "highest_khz": geometry.sample_rate // 2000,
        "options": vars(usual),
        "recordings": recordings,
    }


def entry_of(one: Comparison, geometry: Geometry) -> dict[str, Any]:
    """The labels of a recording and the probabilities of both models."""
    rate = geometry.sample_rate
    excerpt = one.excerpt(EXCERPT_S * rate, rate)
    condition = "as recorded" if one.condition == CLEAN else group_title("condition", one.condition)
    return {
        "name": one.name,
        "corpus": one.corpus,
        "condition": "noise" if one.role == "noise" else condition,
        "samples": one.sample_count,
        "excerpt": list(excerpt),
        "speech": one.speech.tolist(),
        "annotated": one.annotated.tolist(),
        "probabilities": {model: coded(one.probabilities(model)) for model in MODELS},
    }


def media_of(one: Comparison, geometry: Geometry) -> dict[str, str]:
    """Waveform, spectrum and sound of the excerpt."""
    rate = geometry.sample_rate
    _, samples = excerpt_samples(one, geometry)
    spectrum = png(spectrogram(samples, rate, WAVEFORM_COLUMNS))
    return {
        "waveform": waveform_path(samples),
        "spectrum": data_uri("image/png", spectrum),
        "sound": data_uri("audio/mpeg", mp3(samples, rate)),
    }


def excerpt_samples(one: Comparison, geometry: Geometry) -> tuple[Excerpt, np.ndarray]:
    """The part of a recording that the page shows, and its int16 samples [samples]."""
    excerpt = one.excerpt(EXCERPT_S * geometry.sample_rate, geometry.sample_rate)
    return excerpt, one.samples(excerpt)


def coded(probabilities: np.ndarray) -> str:
    """float32 [windows] as base64 of little-endian 16-bit numbers; LEVELS is 1."""
    levels = np.floor(np.asarray(probabilities, np.float64) * LEVELS).astype("<u2")
    return base64.b64encode(levels.tobytes()).decode()


def coded_length(window_count: int) -> int:
    """Characters of `coded` probabilities."""
    return 4 * -(-2 * window_count // 3)


def waveform_path(samples: np.ndarray) -> str:
    """The envelope of int16 [samples] as a path that goes there along the top and back below."""
    low, high = envelope(samples, WAVEFORM_COLUMNS).T
    columns = np.linspace(0, TRACK_WIDTH, len(low))
    outline = np.concatenate([high, low[::-1]])
    return path_data(np.concatenate([columns, columns[::-1]]), 50 - 50 * outline) + "Z"


def data_uri(media_type: str, content: bytes) -> str:
    """`content` as an address that holds it."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
