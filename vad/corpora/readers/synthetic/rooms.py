"""Generated room responses: a direct sound and a tail of noise that dies away.

The tail is white noise under an exponential, the statistical model of J.-D. Polack (La
transmission de l'énergie sonore dans les salles, 1988).
"""

import numpy as np

from vad.conditions.mixing import amplitude

# From a furnished room to a stairwell, and from a microphone on the table to one far away.
DECAY_60_DB_S = (0.15, 1.2)
DIRECT_OVER_TAIL_DB = (-3.0, 10.0)
# The first reflection has gone two thirds of a metre further than the direct sound.
FIRST_REFLECTION_S = 0.002


def room_response(draw: np.random.Generator, rate_hz: int) -> np.ndarray:
    """A drawn room, float64 [samples] until the tail is 60 dB down; the direct sound is 1."""
    decay_s = np.exp(draw.uniform(*np.log(DECAY_60_DB_S)))
    sample_count = round(decay_s * rate_hz)
    tail = draw.standard_normal(sample_count) * 10 ** (-3 * np.arange(sample_count) / sample_count)
    tail[: round(FIRST_REFLECTION_S * rate_hz)] = 0
    tail *= amplitude(-draw.uniform(*DIRECT_OVER_TAIL_DB)) / np.sqrt(np.sum(tail**2))
    tail[0] = 1
    return tail
