"""Intervals as the text of RTTM, UEM, TextGrids and Audacity label tracks.

Intervals are float64 [intervals, 2], start and end in seconds. They are written to the microsecond,
and those that are none then are left out.
"""

import itertools
from collections.abc import Iterator, Mapping

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


def textgrid(tiers: Mapping[str, np.ndarray], duration_s: float) -> str:
    """A long TextGrid with a tier of each name, whose empty intervals are silence.

    Source of the form: https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html
    """
    head = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n'
    bounds = f"xmin = 0\nxmax = {duration_s:.6f}\n"
    lines = [head, bounds, f"tiers? <exists>\nsize = {len(tiers)}\nitem []:\n"]
    for number, (name, intervals) in enumerate(tiers.items(), 1):
        parts = list(_labelled(rounded(intervals), duration_s))
        lines += [
            f'    item [{number}]:\n        class = "IntervalTier"\n        name = "{name}"\n',
            f"        xmin = 0\n        xmax = {duration_s:.6f}\n",
            f"        intervals: size = {len(parts)}\n",
            *itertools.starmap(_interval, (enumerate(parts, 1))),
        ]
    return "".join(lines)


def _labelled(intervals: np.ndarray, duration_s: float) -> Iterator[tuple[float, float, str]]:
    """Start, end and label of each stretch from 0 to the end."""
    edges_s = np.unique([0.0, *intervals.ravel(), duration_s]).tolist()
    starts_s = set(intervals[:, 0].tolist())
    for start_s, end_s in itertools.pairwise(edges_s):
        yield start_s, end_s, "speech" if start_s in starts_s else ""


def _interval(number: int, part: tuple[float, float, str]) -> str:
    start_s, end_s, label = part
    return (
        f"        intervals [{number}]:\n            xmin = {start_s:.6f}\n"
        f'            xmax = {end_s:.6f}\n            text = "{label}"\n'
    )


def rounded(intervals: np.ndarray) -> np.ndarray:
    """`intervals` [intervals, 2] in whole microseconds, without those that are none then."""
    in_digits = np.round(intervals, DIGITS)
    return in_digits[in_digits[:, 1] > in_digits[:, 0]]
