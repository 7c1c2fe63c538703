"""Window metrics from counts: how often each probability was given to speech and to the rest.

Counts of recordings add up, so a group of recordings, and each draw of a bootstrap, is a weighted
sum of them. Everything here takes sums with any number of leading axes: [..., bins] gives [...].
Undefined metrics, such as a miss rate without speech, are NaN and never written.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np
from scipy.special import expit

# Fine where the published model decides: near 0 and near 1. Sums over bins differ from those over
# single windows in the sixth digit.
LOGITS = np.linspace(-12, 12, 2401)
# As in C. Guo et al., On Calibration of Modern Neural Networks, 2017.
CALIBRATION_BINS = 15
LARGEST_MISS_RATE = 0.05

Counts = dict[str, np.ndarray]


def ratio(part: np.ndarray, whole: np.ndarray | float) -> np.ndarray:
    """`part` over `whole`, NaN where `whole` is 0."""
    part, whole = np.broadcast_arrays(np.asarray(part, float), np.asarray(whole, float))
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole != 0)


def bin_edges(thresholds: Iterable[float]) -> np.ndarray:
    """Lower edges of the bins of probability, float64 [bins]; each of `thresholds` is one."""
    calibration = np.arange(CALIBRATION_BINS) / CALIBRATION_BINS
    return np.unique([*expit(LOGITS), *calibration, *thresholds])


def window_counts(speech: np.ndarray, probabilities: np.ndarray, edges: np.ndarray) -> Counts:
    """What metrics need of windows: `speech` bool [windows], `probabilities` float [windows].

    Windows of speech and of the rest in each bin [bins], the sum of probabilities in each
    calibration bin, the sum of squared errors [1].
    """
    exact = probabilities.astype(np.float64)
    bins = np.searchsorted(edges, exact, side="right") - 1
    calibration = np.searchsorted(calibration_starts(edges), bins, side="right") - 1
    return {
        "speech": np.bincount(bins[speech], minlength=len(edges)),
        "nonspeech": np.bincount(bins[~speech], minlength=len(edges)),
        "probability": np.bincount(calibration, exact, minlength=CALIBRATION_BINS),
        "squared_error": np.array([np.sum((exact - speech) ** 2)]),
    }


class Windows:
    """Sums of `window_counts`: arrays of any leading axes and their bins."""

    def __init__(self, counts: Mapping[str, np.ndarray], edges: np.ndarray) -> None:
        self.speech, self.nonspeech = counts["speech"], counts["nonspeech"]
        self.counts, self.edges = counts, edges

    @cached_property
    def hits(self) -> np.ndarray:
        """Speech windows of at least each edge [..., bins]."""
        return np.cumsum(self.speech[..., ::-1], axis=-1)[..., ::-1]

    @cached_property
    def false_alarms(self) -> np.ndarray:
        """Other windows of at least each edge [..., bins]."""
        return np.cumsum(self.nonspeech[..., ::-1], axis=-1)[..., ::-1]

    @cached_property
    def hit_rate(self) -> np.ndarray:
        return self.hits / _or_nan(self.hits[..., :1])

    @cached_property
    def false_alarm_rate(self) -> np.ndarray:
        return self.false_alarms / _or_nan(self.false_alarms[..., :1])

    def roc(self) -> tuple[np.ndarray, np.ndarray]:
        """False-alarm rate and hit rate [..., bins + 1], from no speech at all to all of it."""
        start = [(0, 0)] * (self.hits.ndim - 1) + [(1, 0)]
        return (
            np.pad(self.false_alarm_rate[..., ::-1], start),
            np.pad(self.hit_rate[..., ::-1], start),
        )

    def precision(self, edges: slice | int = slice(None)) -> np.ndarray:
        """At `edges`, by default at each; NaN where no window reaches an edge."""
        hits, false_alarms = self.hits[..., edges], self.false_alarms[..., edges]
        return ratio(hits, hits + false_alarms)

    def f1(self, edges: slice | int = slice(None)) -> np.ndarray:
        """Harmonic mean of precision and recall at `edges`, by default at each."""
        hits, false_alarms = self.hits[..., edges], self.false_alarms[..., edges]
        everything = self.hits[..., :1] if isinstance(edges, slice) else self.hits[..., 0]
        return ratio(2 * hits, hits + false_alarms + everything)

    def threshold_at(self, share: float) -> float:
        """The lowest edge that at most `share` of the non-speech windows reach, NaN without any.

        For counts without leading axes.
        """
        if not self.nonspeech.sum():
            return np.nan
        within = self.false_alarms <= share * self.false_alarms[0]
        return float(self.edges[np.argmax(within)]) if within.any() else 1.0

    def calibration(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Windows, their mean probability and their share of speech, [..., calibration bins]."""
        starts = calibration_starts(self.edges)
        speech = np.add.reduceat(self.speech, starts, axis=-1)
        windows = speech + np.add.reduceat(self.nonspeech, starts, axis=-1)
        return windows, ratio(self.counts["probability"], windows), ratio(speech, windows)


def decision_metrics(windows: Windows, thresholds: Mapping[str, float]) -> Counts:
    """Calibration and decisions at each of `thresholds`, whose keys end the names.

    A decision is over all windows; precision, recall and F1 need speech to find.
    """
    values = calibration_metrics(windows) | metrics_at(windows, thresholds)
    has_speech = windows.hits[..., 0] > 0
    for suffix, threshold in thresholds.items():
        edge = edge_of(windows, threshold)
        values[f"precision{suffix}"] = np.where(has_speech, windows.precision(edge), np.nan)
        values[f"recall{suffix}"] = windows.hit_rate[..., edge]
        values[f"false_alarm_rate{suffix}"] = windows.false_alarm_rate[..., edge]
    return values


def metrics_at(windows: Windows, thresholds: Mapping[str, float]) -> Counts:
    """F1 and miss rate at `thresholds`, whose keys end the names; speech is needed to find."""
    values: Counts = {}
    has_speech = windows.hits[..., 0] > 0
    for suffix, threshold in thresholds.items():
        edge = edge_of(windows, threshold)
        values[f"f1{suffix}"] = np.where(has_speech, windows.f1(edge), np.nan)
        values[f"miss_rate{suffix}"] = 1 - windows.hit_rate[..., edge]
    return values


def edge_of(windows: Windows, threshold: float) -> int:
    """The number of the edge at `threshold`; above the last one nothing is speech."""
    return min(int(np.searchsorted(windows.edges, threshold)), len(windows.edges) - 1)


def ranking_metrics(hits: np.ndarray, false_alarms: np.ndarray) -> Counts:
    """Metrics over all thresholds, as in sklearn.metrics; equal scores count half.

    Both are windows that pass at falling thresholds, [..., points], from none to all of them.
    Average precision takes, for the hits between two points, the precision at the middle one.
    Equal error rate and false-alarm rate at 5 % miss are read off the ROC curve, straight between
    points.
    """
    positives, negatives = hits[..., -1], false_alarms[..., -1]
    half = (hits[..., 1:] + hits[..., :-1]) / 2
    in_order = np.einsum("...p,...p->...", np.diff(false_alarms), half)
    middle = half + 0.5
    precision = middle / (middle + (false_alarms[..., 1:] + false_alarms[..., :-1]) / 2)
    in_reach = np.einsum("...p,...p->...", np.diff(hits), precision)
    average_precision = np.where(negatives > 0, ratio(in_reach, positives), np.nan)
    hit_rate = hits * (1 / _or_nan(hits[..., -1:]))
    low_miss = np.argmax(hit_rate >= 1 - LARGEST_MISS_RATE, axis=-1)
    hit_rate += false_alarms * (1 / _or_nan(false_alarms[..., -1:]))
    equal = np.argmax(hit_rate >= 1, axis=-1)
    return {
        "roc_auc": ratio(in_order, positives * negatives),
        "average_precision": average_precision,
        "equal_error_rate": _false_alarm_rate(hits, false_alarms, equal, 1, 1),
        "false_alarm_rate_at_5_miss": _false_alarm_rate(
            hits, false_alarms, low_miss, 0, 1 - LARGEST_MISS_RATE
        ),
    }


def calibration_metrics(windows: Windows) -> Counts:
    """Expected calibration error (Guo et al., 2017, 15 equal bins) and Brier score (1950)."""
    count, probability, share = windows.calibration()
    total = count.sum(axis=-1)
    gap = np.nan_to_num(np.abs(probability - share))
    return {
        "expected_calibration_error": ratio(np.sum(gap * count, axis=-1), total),
        "brier_score": ratio(windows.counts["squared_error"][..., 0], total),
    }


def calibration_starts(edges: np.ndarray) -> np.ndarray:
    """The bin with which each calibration bin starts."""
    return np.searchsorted(edges, np.arange(CALIBRATION_BINS) / CALIBRATION_BINS)


def _or_nan(values: np.ndarray) -> np.ndarray:
    """`values` with NaN in place of 0: what is divided by it is undefined there."""
    return np.where(values == 0, np.nan, values)


def _false_alarm_rate(
    hits: np.ndarray, false_alarms: np.ndarray, after: np.ndarray, weight: int, level: float
) -> np.ndarray:
    """The false-alarm rate where hit rate and `weight` of false-alarm rate add up to `level`.

    That is before the point `after`, straight from the one before.
    """
    ends = np.maximum(after, 1)[..., None] - np.array([1, 0])
    hit_rate, rate = (
        np.take_along_axis(counts, ends, -1) / _or_nan(counts[..., -1:])
        for counts in (hits, false_alarms)
    )
    low, high = np.moveaxis(rate, -1, 0)
    first, last = np.moveaxis(hit_rate + weight * rate, -1, 0)
    return low + (high - low) * ratio(level - first, last - first)
