"""Figures of smaller weights, beside values worked out by hand and beside scikit-learn."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from vad.errors import VadError
from vad.export.graph import sequence_model
from vad.export.parity import speech_like
from vad.export.rounding import (
    TOLERANCES,
    Windows,
    check_tolerance,
    rounding_metrics,
    windows_of_clips,
)
from vad.export.runtime import open_session, sequence_probabilities
from vad.prepared import CLEAN, Clip
from vad.silero.geometry import GEOMETRIES
from vad.silero.weights import load_published


def test_metrics_of_four_windows():
    exact = np.array([0.1, 0.49, 0.6, 0.9])
    smaller = np.array([0.1, 0.51, 0.6, 0.8])
    metrics = rounding_metrics(Windows(exact, smaller))
    assert metrics == pytest.approx(
        {"windows": 4, "largest_difference": 0.1, "decisions_changed": 0.25}
    )
    labelled = rounding_metrics(Windows(exact, smaller, np.array([False, True, False, True])))
    assert labelled["roc_auc"] == labelled["roc_auc_float32"] == 0.75


def test_no_ranking_without_both_labels():
    metrics = rounding_metrics(Windows(np.ones(3), np.ones(3), np.ones(3, bool)))
    assert "roc_auc" not in metrics


@pytest.mark.parametrize("storage", ["float16", "int8"])
def test_tolerance_is_named_with_its_remedy(storage):
    largest = TOLERANCES[storage]
    check_tolerance(Path("s.onnx"), {"largest_difference": largest}, storage)
    with pytest.raises(VadError, match=rf"s\.onnx: weights as {storage} move a probability"):
        check_tolerance(Path("s.onnx"), {"largest_difference": largest * 1.1}, storage)


def test_annotated_windows_of_clips_count(sample_rate):
    geometry = GEOMETRIES[sample_rate]
    branch = load_published(sample_rate)
    exact, smaller = (
        open_session(sequence_model(branch, 16, storage=storage).SerializeToString())
        for storage in ("float32", "int8")
    )
    audio = speech_like(geometry)
    half = len(audio) // 2
    clip = Clip(
        corpus="c",
        name="n",
        speaker=None,
        role="speech",
        split="val",
        condition=CLEAN,
        block=0,
        licence="MIT",
        samples=(audio * 32767).astype(np.int16),
        speech=np.array([[half // 2, len(audio)]]),
        annotated=np.array([[0, half]]),
    )
    windows = windows_of_clips(exact, smaller, [clip, clip], geometry)
    count = half // geometry.window_samples
    expected = sequence_probabilities(exact, clip.samples, geometry)[:count]
    np.testing.assert_array_equal(windows.exact[:count], expected)
    metrics = rounding_metrics(windows)
    assert len(windows.exact) == pytest.approx(2 * count, abs=2)
    assert 0 < metrics["largest_difference"] <= TOLERANCES["int8"]
    assert metrics["roc_auc_float32"] == roc_auc_score(windows.speech, windows.exact)
