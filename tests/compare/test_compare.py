"""The protocol of make compare with made-up detectors; tests/detectors has the real ones."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score, roc_auc_score

from compare.__main__ import markdown
from compare.detectors import Detector, frames, windowed
from compare.engines import Engine, window_metrics
from vad.evaluation.groups import grouped
from vad.silero.geometry import GEOMETRIES

RANKS = Engine("ranks", "a 1.0", "MIT", 0.5, True, lambda clip: clip.samples)
DECIDES = Engine("decides", "b 2.0", "MIT", 0.5, False, lambda clip: clip.samples)


@pytest.fixture
def windows() -> pd.DataFrame:
    draw = np.random.default_rng(0)
    speech = draw.random(600) < 0.5
    table = pd.DataFrame({"speech": speech, "score": draw.random(600) * 0.6 + 0.4 * speech})
    places = [("speech", "calls", "clean")] * 200 + [("speech", "calls", "snr_0_db")] * 200
    places += [("noise", "street", "clean")] * 200
    table[["role", "corpus", "condition"]] = places
    table.loc[400:, "speech"] = False
    return table


def test_a_window_is_the_mean_of_its_frames_by_time():
    per_ms = np.concatenate([np.ones(32), np.zeros(16), np.ones(16), np.full(8, 0.5)])
    assert windowed(per_ms, 3).tolist() == [1, 0.5, 0.5]
    assert windowed(per_ms, 2).tolist() == [1, 0.5]


def test_the_last_frame_is_filled_with_silence():
    assert [frame.tolist() for frame in frames(np.arange(5), 3)] == [[0, 1, 2], [3, 4, 0]]


@pytest.mark.parametrize(("rate", "heard_hz"), [(8000, 16000), (16000, 16000)])
def test_audio_comes_at_a_rate_that_the_detector_takes(rate, heard_hz):
    heard = []

    def scores(samples: np.ndarray, at_hz: int) -> np.ndarray:
        heard.append((len(samples), at_hz))
        return np.zeros(len(samples) // (at_hz // 100))

    detector = Detector("d", "d", "MIT", scores, 10)
    assert detector.window_scores(np.zeros(rate, np.int16), GEOMETRIES[rate]).shape == (32,)
    assert heard == [(heard_hz, heard_hz)]


def test_measures_are_those_of_scikit_learn(windows):
    speech, score = windows["speech"], windows["score"]
    assert window_metrics(windows, RANKS) == pytest.approx(
        {
            "roc_auc": roc_auc_score(speech, score),
            "f1": f1_score(speech, score >= 0.5),
            "miss_rate": (score[speech] < 0.5).mean(),
            "false_alarm_rate": (score[~speech] >= 0.5).mean(),
        },
        abs=1e-12,
    )


def test_yes_and_no_have_no_ranking_and_noise_no_misses(windows):
    assert set(window_metrics(windows, DECIDES)) == {"f1", "miss_rate", "false_alarm_rate"}
    assert set(window_metrics(windows[400:], RANKS)) == {"false_alarm_rate"}


def test_groups_are_those_of_stage_evaluate(windows):
    assert [(section, name, len(rows)) for (section, name), rows in grouped(windows)] == [
        ("all", "", 600),
        ("domain", "calls", 200),
        ("noise", "street", 200),
        ("condition", "clean", 200),
        ("condition", "snr_0_db", 200),
    ]


def test_the_table_has_a_line_for_each_engine_and_a_blank_for_what_is_absent():
    rows = [("all", "", "ranks", "roc_auc", 0.9), ("all", "", "ranks", "f1", 0.8)]
    rows += [("all", "", "decides", "f1", 0.7)]
    results = pd.DataFrame(rows, columns=["section", "name", "engine", "metric", "value"])
    text = "\n".join(markdown(results, [RANKS, DECIDES]))
    assert "| ranks | a 1.0 | MIT | 0.900 | 0.800 |  |  |" in text
    assert "| decides | b 2.0 | MIT |  | 0.700 |  |  |" in text
