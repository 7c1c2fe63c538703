"""Detection metrics in time: how long segments and reference agree, in the annotated audio.

Definitions are those of pyannote.metrics (H. Bredin, 2017) and, for the detection cost, of the
OpenSAT19 evaluation plan (NIST). A collar here is what is left out on each side of a boundary of
the reference; pyannote.metrics names the whole width, so its 0.5 is 0.25 here.
"""

from dataclasses import dataclass

import numpy as np

from vad.evaluation.metrics import Counts, ratio
from vad.intervals import covered, difference, intersect, total, unite

# What ends the name of a metric, and its collar (s).
COLLARS_S = {"": 0.0, "_collar": 0.25}
MISS_WEIGHT = 0.75


@dataclass(frozen=True)
class Reference:
    """The scored parts of one clip, int64 [intervals, 2] in samples: of speech and of the rest."""

    speech: np.ndarray
    nonspeech: np.ndarray

    @staticmethod
    def of(speech: np.ndarray, annotated: np.ndarray, collar_samples: int) -> "Reference":
        """`speech` and `annotated` are int64 [intervals, 2] in samples.

        Scored is what is annotated and not within `collar_samples` of a boundary of speech.
        """
        edges = speech.ravel()
        collars = unite(np.stack((edges - collar_samples, edges + collar_samples), axis=1))
        scored = difference(annotated, collars)
        return Reference(intersect(scored, speech), difference(scored, speech))

    def covered(self, segments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Scored samples of speech and of the rest in each of `segments` [segments, 2]."""
        return covered(segments, self.speech), covered(segments, self.nonspeech)

    @property
    def totals(self) -> tuple[int, int]:
        """Scored samples of speech and of the rest."""
        return int(total(self.speech)), int(total(self.nonspeech))


def time_counts(
    speech: np.ndarray, annotated: np.ndarray, segments: np.ndarray, sample_rate: int
) -> Counts:
    """For each collar seconds of speech, of the rest, missed and false: [4]."""
    counts = {}
    for suffix, collar_s in COLLARS_S.items():
        reference = Reference.of(speech, annotated, round(collar_s * sample_rate))
        hit, false_alarm = (part.sum() for part in reference.covered(segments))
        positive, negative = reference.totals
        seconds = np.array([positive, negative, positive - hit, false_alarm])
        counts[f"time{suffix}"] = seconds / sample_rate
    return counts


def time_metrics(counts: Counts) -> Counts:
    """Metrics of sums of `time_counts`, [..., 4] each, with and without a collar.

    Miss and false alarm in time are the two parts of the detection error rate: over the duration
    of speech. The detection cost weighs rates, each over its own class.
    """
    values: Counts = {}
    for suffix in COLLARS_S:
        speech, nonspeech, miss, false_alarm = np.moveaxis(counts[f"time{suffix}"], -1, 0)
        hit = speech - miss
        has_speech = np.where(speech > 0, 1, np.nan)
        cost = detection_cost(miss, speech, false_alarm, nonspeech, MISS_WEIGHT)
        values |= {
            f"detection_error_rate{suffix}": ratio(miss + false_alarm, speech),
            f"detection_miss{suffix}": ratio(miss, speech),
            f"detection_false_alarm{suffix}": ratio(false_alarm, speech),
            f"detection_cost{suffix}": cost,
            f"detection_precision{suffix}": has_speech * ratio(hit, hit + false_alarm),
            f"detection_recall{suffix}": ratio(hit, speech),
        }
    return values


def detection_cost(
    miss: np.ndarray,
    speech: np.ndarray | float,
    false_alarm: np.ndarray,
    nonspeech: np.ndarray | float,
    miss_weight: float,
) -> np.ndarray:
    """Weighted sum of miss rate and false-alarm rate, of durations in any unit."""
    miss_rate, false_alarm_rate = ratio(miss, speech), ratio(false_alarm, nonspeech)
    return miss_weight * miss_rate + (1 - miss_weight) * false_alarm_rate
