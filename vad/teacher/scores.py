"""Window scores of the teacher: how likely speech is, from what is before and after a window.

Form and numbers were chosen on recordings of meetings, read and spoken commands, in noise and
without speech (docs/labelling.md).
"""

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
# Speech from here on. Sure are scores this far above and below.
THRESHOLD = -3.7
SURE_ABOVE, SURE_BELOW = 2.0, 0.8


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


def is_sure(values: np.ndarray, threshold: float) -> np.ndarray:
    """Windows whose class is sure, bool [windows]."""
    return (values >= threshold + SURE_ABOVE) | (values <= threshold - SURE_BELOW)
