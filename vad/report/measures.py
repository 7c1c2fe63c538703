"""What metrics and groups are called for people, which way is better, what a difference says."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from vad.evaluation.curves import SNR_CONDITION as NOISY
from vad.prepared import CLEAN

Better = Literal["higher", "lower", "neither"]
# A row of the results: section, name, metric, published, finetuned, difference, low, high.
Row = Mapping[str, Any]

SECTIONS = ("all", "domain", "noise", "condition")
MODEL_TITLES = {"published": "published", "finetuned": "fine-tuned"}
CONDITIONS = {
    "clean": "as recorded",
    "reverberant": "in a room",
    "telephone": "over a telephone line",
    "babble": "over babble",
    "stream": "one after another, the state never reset",
    "rate_8000": "at 8 kHz, by the other branch",
}


class Measure(NamedTuple):
    """A metric as people read it: its name, which way is better, decimals and unit."""

    label: str
    better: Better
    digits: int = 3
    unit: str = ""

    def text(self, value: float | None) -> str:
        """The value with its unit; a dash where there is none."""
        if value is None or not math.isfinite(value):
            return "-"
        return f"{value:.{self.digits}f}{self.unit}"

    def signed(self, value: float) -> str:
        """The value as a difference, with its sign; what rounds to nothing has none."""
        if round(abs(value), self.digits) == 0 or not math.isfinite(value):
            return self.text(abs(value))
        return f"{'+' if value > 0 else '-'}{self.text(abs(value))}"


MEASURES = {
    "detection_error_rate": Measure("detection error rate", "lower"),
    "detection_miss": Measure("missed time over speech", "lower"),
    "detection_false_alarm": Measure("false time over speech", "lower"),
    "detection_cost": Measure("detection cost", "lower"),
    "detection_precision": Measure("precision in time", "higher"),
    "detection_recall": Measure("recall in time", "higher"),
    "f1": Measure("F1 of windows", "higher"),
    "precision": Measure("precision of windows", "higher"),
    "recall": Measure("recall of windows", "higher"),
    "miss_rate": Measure("miss rate of windows", "lower"),
    "false_alarm_rate": Measure("false-alarm rate of windows", "lower"),
    "roc_auc": Measure("ROC-AUC", "higher"),
    "average_precision": Measure("average precision", "higher"),
    "equal_error_rate": Measure("equal error rate", "lower"),
    "false_alarm_rate_at_5_miss": Measure("false-alarm rate at 5 % miss", "lower"),
    "expected_calibration_error": Measure("expected calibration error", "lower"),
    "brier_score": Measure("Brier score", "lower"),
    # Early may be as bad as late.
    "onset_latency_median_s": Measure("onset latency, median", "neither", unit=" s"),
    "onset_latency_p90_s": Measure("onset latency, 90th percentile", "neither", unit=" s"),
    "offset_latency_median_s": Measure("offset latency, median", "neither", unit=" s"),
    "offset_latency_p90_s": Measure("offset latency, 90th percentile", "neither", unit=" s"),
    "fragmentation": Measure("segments per detected utterance", "lower", 2),
    "false_runs": Measure("false runs", "lower", 0),
    "nonspeech_s": Measure("audio without speech", "neither", 0, " s"),
    "false_runs_per_hour": Measure("false runs per hour without speech", "lower", 1),
    "silent_share": Measure("recordings without speech that stay silent", "higher", 2),
    "short_missed_share": Measure("missed utterances under 0.6 s", "lower", 2),
    "lost_share": Measure("lost utterances (0.3 s or more)", "lower", 3),
}
ENDINGS = {
    "_against_chosen": ", published at chosen thresholds",
    "_chosen": ", chosen thresholds",
    "_collar": ", collar of 0.25 s",
    "_at_1_in_1000": " at 1 false alarm in 1000",
    "_at_3_in_1000": " at 3 false alarms in 1000",
    "_at_10_in_1000": " at 10 false alarms in 1000",
}


class Verdict(NamedTuple):
    """What a difference says, in a word that is also a class of the style sheet."""

    style: str
    words: str


BETTER = Verdict("better", "▲ better")
WORSE = Verdict("worse", "▼ worse")
DIFFERENT = Verdict("different", "different")
UNCLEAR = Verdict("unclear", "no clear difference")
UNKNOWN = Verdict("unknown", "no interval")


def measure_of(metric: str) -> Measure:
    """The metric as people read it; KeyError for one that nobody named."""
    for ending, words in ENDINGS.items():
        if metric.endswith(ending):
            measure = measure_of(metric.removesuffix(ending))
            return measure._replace(label=measure.label + words)
    return MEASURES[metric]


def verdict_of(row: Row) -> Verdict:
    """Better or worse only where the interval of the difference leaves zero out."""
    if not (math.isfinite(row["low"]) and math.isfinite(row["high"])):
        return UNKNOWN
    if row["low"] <= 0 <= row["high"]:
        return UNCLEAR
    better = measure_of(row["metric"]).better
    if better == "neither":
        return DIFFERENT
    return BETTER if (row["low"] > 0) == (better == "higher") else WORSE


def group_title(section: str, name: str) -> str:
    """A group of recordings as people read it."""
    if section == "all":
        return "all recordings in all conditions"
    if section == "noise":
        return f"noise of {name} alone"
    if section == "condition":
        if noisy := NOISY.fullmatch(name):
            return f"with noise at {noisy[1]} dB"
        return CONDITIONS.get(name, f"in condition {name}")
    return f"{name}, as recorded"


def group_order(section: str, name: str) -> tuple[int, bool, float, str]:
    """Where a group stands among others: conditions as recorded first, then by falling level."""
    noisy = NOISY.fullmatch(name)
    level = -float(noisy[1]) if noisy else math.inf
    return SECTIONS.index(section), name != CLEAN, level, name


def enumerated(words: Sequence[str]) -> str:
    """Words as a sentence lists them."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
