"""What smaller weights do to the probabilities, on recordings and with the state carried on."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime
from sklearn.metrics import roc_auc_score

from vad.errors import VadError
from vad.export.graph import sequence_model
from vad.export.parity import speech_like
from vad.export.runtime import open_session, sequence_probabilities
from vad.export.storage import Storage
from vad.prepared import CLEAN, Clip, Prepared
from vad.silero.geometry import Geometry
from vad.silero.weights import BranchWeights

# How far a probability may move from that of float32 weights. Measured on 28 minutes of noise and
# meetings and on spoken digits, both rates: 0.01 at most with float16, 0.26 with int8.
TOLERANCES: dict[Storage, float] = {"float32": 1e-5, "float16": 0.03, "int8": 0.4}
# Where a drop-in decides.
THRESHOLD = 0.5
# Enough for the largest difference to settle.
CHECKED_S = 3600


class Windows(NamedTuple):
    """Probabilities [windows] with float32 and with smaller weights, labels bool [windows].

    `speech` is None where nothing is labelled.
    """

    exact: np.ndarray
    rounded: np.ndarray
    speech: np.ndarray | None = None


def measured_rounding(
    sequence: Path, branch: BranchWeights, opset: int, prepared: Path | None
) -> dict[str, float]:
    """What the weights in the file `sequence` change beside those of `branch`.

    On the validation recordings of the folder `prepared`, or on a synthetic one without it.
    """
    geometry = branch.geometry
    exact = open_session(sequence_model(branch, opset).SerializeToString())
    smaller = open_session(sequence)
    if prepared is None:
        audio = speech_like(geometry)
        return rounding_metrics(
            Windows(
                sequence_probabilities(exact, audio, geometry),
                sequence_probabilities(smaller, audio, geometry),
            )
        )
    clips = validation_clips(Prepared(prepared))
    return rounding_metrics(windows_of_clips(exact, smaller, clips, geometry))


def validation_clips(data: Prepared) -> Iterable[Clip]:
    """Validation recordings as they came, of speech and of noise, up to CHECKED_S of each."""
    for role in ("speech", "noise"):
        left = CHECKED_S * data.geometry.sample_rate
        for clip in data.clips(role, "val"):
            if clip.condition == CLEAN and left > 0:
                left -= len(clip.samples)
                yield clip


def windows_of_clips(
    exact: onnxruntime.InferenceSession,
    rounded: onnxruntime.InferenceSession,
    clips: Iterable[Clip],
    geometry: Geometry,
) -> Windows:
    """The annotated windows of all clips by two sequence files, each clip from an empty state."""
    columns: list[tuple[np.ndarray, ...]] = []
    for clip in clips:
        annotated = clip.annotated_windows(geometry)
        values = (
            sequence_probabilities(exact, clip.samples, geometry),
            sequence_probabilities(rounded, clip.samples, geometry),
            clip.speech_windows(geometry),
        )
        columns.append(tuple(column[annotated] for column in values))
    return Windows(*map(np.concatenate, zip(*columns, strict=True)))


def rounding_metrics(windows: Windows) -> dict[str, float]:
    """The largest difference, the share of decisions changed and, with labels, both ROC-AUC."""
    exact, rounded, speech = windows
    metrics = {
        "windows": len(exact),
        "largest_difference": float(np.max(np.abs(exact - rounded))),
        "decisions_changed": float(np.mean((exact >= THRESHOLD) != (rounded >= THRESHOLD))),
    }
    if speech is not None and 0 < np.mean(speech) < 1:
        metrics["roc_auc"] = float(roc_auc_score(speech, rounded))
        metrics["roc_auc_float32"] = float(roc_auc_score(speech, exact))
    return metrics


def check_tolerance(path: Path, metrics: Mapping[str, float], storage: Storage) -> None:
    """VadError where a probability moved by more than the tolerance of the storage."""
    largest, tolerance = metrics["largest_difference"], TOLERANCES[storage]
    if not largest <= tolerance:
        raise VadError(
            f"{path}: weights as {storage} move a probability by {largest:.2g}, expected at most "
            f"{tolerance:g}: set export_onnx.weights to one with more bits"
        )
