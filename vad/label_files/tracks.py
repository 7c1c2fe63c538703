"""Intervals as the text of RTTM, UEM, TextGrids and Audacity label tracks.

Intervals are float64 [intervals, 2], start and end in seconds. They are written to the microsecond,
and those that are none then are left out. Channels count from 0, in the text from 1.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

DIGITS = 6

# Start, end (s) and label of a stretch.
Entry = tuple[float, float, str]


def audacity_track(intervals: np.ndarray, label: str) -> str:
    """The lines of a label track: start, end and label, with tabs between them."""
    return "".join(f"{start:.6f}\t{end:.6f}\t{label}\n" for start, end in rounded(intervals))


def rttm_turns(file_id: str, intervals: np.ndarray, speaker: str, channel: int = 0) -> str:
    """A SPEAKER line for each interval; neither name may hold a space."""
    head = f"SPEAKER {file_id} {channel + 1}"
    return "".join(
        f"{head} {start:.6f} {end - start:.6f} <NA> <NA> {speaker} <NA> <NA>\n"
        for start, end in rounded(intervals)
    )


def uem_regions(file_id: str, intervals: np.ndarray, channel: int = 0) -> str:
    """A line for each interval that counts in scoring."""
    head = f"{file_id} {channel + 1}"
    return "".join(f"{head} {start:.6f} {end:.6f}\n" for start, end in rounded(intervals))


def textgrid(tiers: Mapping[str, Sequence[Entry]], duration_s: float) -> str:
    """A long TextGrid with a tier of each name; stretches between its entries are empty.

    The entries of a tier are sorted and disjoint. Source of the form:
    https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html
    """
    head = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n'
    bounds = f"xmin = 0\nxmax = {duration_s:.6f}\n"
    lines = [head, bounds, f"tiers? <exists>\nsize = {len(tiers)}\nitem []:\n"]
    for number, (name, entries) in enumerate(tiers.items(), 1):
        parts = list(_from_start_to_end(entries, duration_s))
        lines += [
            f'    item [{number}]:\n        class = "IntervalTier"\n        name = "{name}"\n',
            f"        xmin = 0\n        xmax = {duration_s:.6f}\n",
            f"        intervals: size = {len(parts)}\n",
            *itertools.starmap(_interval, (enumerate(parts, 1))),
        ]
    return "".join(lines)


def labelled(intervals: np.ndarray, label: str) -> list[Entry]:
    """An entry of a tier for each interval."""
    return [(start, end, label) for start, end in rounded(intervals).tolist()]


def _from_start_to_end(entries: Sequence[Entry], duration_s: float) -> Iterator[Entry]:
    """The entries, and empty ones between them."""
    edges = (edge for start, end, _ in entries for edge in (start, end))
    # As they are written: an edge just before the end is the end.
    edges_s = np.unique(np.round([0.0, *edges, duration_s], DIGITS)).tolist()
    labels = {start: label for start, _, label in entries}
    for start_s, end_s in itertools.pairwise(edges_s):
        yield start_s, end_s, labels.get(start_s, "")


def _interval(number: int, part: Entry) -> str:
    start_s, end_s, label = part
    return (
        f"        intervals [{number}]:\n            xmin = {start_s:.6f}\n"
        f'            xmax = {end_s:.6f}\n            text = "{label}"\n'
    )


def rounded(intervals: np.ndarray) -> np.ndarray:
    """`intervals` [intervals, 2] in whole microseconds, without those that are none then."""
    in_digits = np.round(intervals, DIGITS)
    return in_digits[in_digits[:, 1] > in_digits[:, 0]]
