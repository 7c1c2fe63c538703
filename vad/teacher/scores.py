"""Window scores of the teacher: how likely speech is, from what is before and after a window.

Form and numbers were chosen on recordings of meetings, read and spoken commands, in noise and
without speech (docs/labelling.md).
"""

from typing import Literal, NamedTuple

import numpy as np
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from vad.silero.geometry import Geometry
from vad.silero.windows import window_count
from vad.teacher.passes import SHIFTS, Passes

# The network decides late: the logits of a window are those that end one window after it.
AHEAD_WINDOWS = 1
SMOOTHED_WINDOWS = 3
# About a second before and after: in a stretch of speech, low logits are quiet speech.
CONTEXT_WINDOWS, CONTEXT_WEIGHT = 61, 0.8
# Beside clear speech, low logits are its decay: a share of the highest logit nearby is taken off.
NEAR_WINDOWS, PEAK_WEIGHT = 51, 0.25


class Rule(NamedTuple):
    """From which score or logit on a window is speech, and how far above and below that is sure."""

    of: Literal["scores", "logits"]
    threshold: float
    above: float
    below: float

    def is_sure(self, values: np.ndarray) -> np.ndarray:
        """Windows whose class is sure, bool [windows]."""
        return (values >= self.threshold + self.above) | (values <= self.threshold - self.below)


# Finds most of quiet, far speech, which a person then corrects.
FOR_PEOPLE = Rule("scores", -3.7, 2.0, 0.8)
# As many pauses as speech: what tuning learns from without a person (docs/results.md).
FOR_TRAINING = Rule("logits", 0.0, 2.0, 2.0)


def window_logits(passes: Passes, geometry: Geometry) -> np.ndarray:
    """The smoothed logit of each window, float32 [windows]."""
    count = window_count(passes.sample_count, geometry)
    smoothed = uniform_filter1d(passes.logits, SHIFTS * SMOOTHED_WINDOWS, mode="nearest")
    # `logits[4 n + 3]` is of the window that ends with window n of the recording.
    return smoothed[SHIFTS * (AHEAD_WINDOWS + 1) - 1 :: SHIFTS][:count]


def scores(logits: np.ndarray) -> np.ndarray:
    """The score of each window, float32 [windows], from `window_logits`."""
    around = uniform_filter1d(logits, CONTEXT_WINDOWS, mode="nearest")
    highest = maximum_filter1d(logits, NEAR_WINDOWS, mode="nearest")
    mixed = (logits + CONTEXT_WEIGHT * around) / (1 + CONTEXT_WEIGHT)
    return (mixed - PEAK_WEIGHT * np.maximum(highest, 0)).astype(np.float32)
