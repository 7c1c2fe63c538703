"""Intervals as the text of RTTM, UEM and Audacity label tracks.

Intervals are float64 [intervals, 2], start and end in seconds. They are written to the microsecond,
and those that are none then are left out.
"""

import numpy as np

DIGITS = 6


def audacity_track(intervals: np.ndarray, label: str) -> str:
    """The lines of a label track: start, end and label, with tabs between them."""
    return "".join(f"{start:.6f}\t{end:.6f}\t{label}\n" for start, end in rounded(intervals))


def rttm_turns(file_id: str, intervals: np.ndarray, speaker: str) -> str:
    """A SPEAKER line for each interval; neither name may hold a space."""
    return "".join(
        f"SPEAKER {file_id} 1 {start:.6f} {end - start:.6f} <NA> <NA> {speaker} <NA> <NA>\n"
        for start, end in rounded(intervals)
    )


def uem_regions(file_id: str, intervals: np.ndarray) -> str:
    """A line for each interval that counts in scoring."""
    return "".join(f"{file_id} 1 {start:.6f} {end:.6f}\n" for start, end in rounded(intervals))


def rounded(intervals: np.ndarray) -> np.ndarray:
    """`intervals` [intervals, 2] in whole microseconds, without those that are none then."""
    in_digits = np.round(intervals, DIGITS)
    return in_digits[in_digits[:, 1] > in_digits[:, 0]]
