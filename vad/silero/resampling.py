"""Audio of one branch for the other one."""

import numpy as np
import soxr


def resampled(samples: np.ndarray, from_hz: int, to_hz: int) -> np.ndarray:
    """`samples`, int16 [samples], at another rate; the same array where the rates are equal.

    The length is rounded up: windows of either rate last 32 ms, so that both have the same windows.
    """
    if from_hz == to_hz:
        return samples
    count = -(-len(samples) * to_hz // from_hz)
    changed = np.asarray(soxr.resample(samples, from_hz, to_hz))[:count]
    return np.pad(changed, (0, count - len(changed)))
