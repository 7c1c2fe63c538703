"""Which recordings are worth correcting first."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from vad.intervals import total
from vad.teacher.opinions import Opinion

COLUMNS = ("recording", "length_s", "uncertain_s", "disagreement_s", "teaches_s")


class Rank(NamedTuple):
    """How much the teacher does not know of one recording (s).

    `uncertain_s` are the stretches that are marked, `disagreement_s` the standard deviation of the
    passes' probabilities, summed over time.
    """

    recording: str
    length_s: float
    uncertain_s: float
    disagreement_s: float

    @property
    def teaches_s(self) -> float:
        """What the list is sorted by."""
        return self.uncertain_s + self.disagreement_s


def rank_of(recording: str, opinion: Opinion, uncertain: np.ndarray) -> Rank:
    """The rank of a recording in which `uncertain` [intervals, 2] (s) is marked."""
    uncertain_s = float(total(uncertain))
    disagreement_s = float(opinion.spread.sum()) / opinion.geometry.windows_per_s
    return Rank(recording, opinion.duration_s, uncertain_s, disagreement_s)


def ranked(ranks: Iterable[Rank]) -> list[Rank]:
    """Those that teach most first, then by name."""
    return sorted(ranks, key=lambda rank: (-rank.teaches_s, rank.recording))


def as_table(ranks: Sequence[Rank]) -> str:
    """Tab-separated, with a header."""
    lines = ["\t".join(COLUMNS)]
    for rank in ranks:
        numbers = (rank.length_s, rank.uncertain_s, rank.disagreement_s, rank.teaches_s)
        lines.append("\t".join([rank.recording, *(f"{number:.2f}" for number in numbers)]))
    return "".join(f"{line}\n" for line in lines)


def as_lines(ranks: Sequence[Rank], first: int) -> list[str]:
    """The first ones for the terminal."""
    head = f"{'uncertain (s)':>14}{'disagreement (s)':>18}{'length (s)':>12}  recording"
    lines = [
        f"{rank.uncertain_s:14.1f}{rank.disagreement_s:18.1f}{rank.length_s:12.1f}"
        f"  {rank.recording}"
        for rank in ranks[:first]
    ]
    return [head, *lines]
