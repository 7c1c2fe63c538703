"""TextGrids of Praat, long, short or JSON: intervals of one tier or several, read by praatIO.

https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html. An interval whose label is none
of `silence` is speech. A tier covers its whole length, so what lies outside it is not annotated.
"""

from pathlib import Path
from typing import Any

from praatio.utilities import textgrid_io
from praatio.utilities.errors import PraatioException

from vad.corpora.files import OneOrMore
from vad.corpora.recording import FileRecording
from vad.corpora.sidecar import SidecarCard, labels_of, read_sidecars
from vad.corpora.spans import SILENCE, LabelledSegment, Labels, read_text, seconds, without_overlap
from vad.errors import VadError
from vad.faults import Faults

INTERVALS = "IntervalTier"


class Card(SidecarCard):
    """The tier, or the list of one tier for each speaker, and which labels are silence."""

    tier: OneOrMore
    silence: tuple[str, ...] = SILENCE


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each audio file with its TextGrid."""

    def parse(path: Path, faults: Faults) -> Labels:
        labels = Labels([], [])
        with faults.gathered(path):
            tiers = read_tiers(path)
            for name in card.tier:
                bounds, spans = tier_of(tiers, name, path)
                labels.speech += labels_of(without_overlap(spans, faults), card.silence).speech
                labels.annotated = [bounds]
        return labels

    return read_sidecars(folder, card, parse, faults)


def read_tiers(path: Path) -> dict[str, dict[str, Any]]:
    """The tiers of a TextGrid by their names; VadError when it is none or has two of one name."""
    text = read_text(path)
    try:
        tiers = textgrid_io.parseTextgridStr(text, includeEmptyIntervals=True)["tiers"]
        by_name = {str(tier["name"]): tier for tier in tiers}
    # What praatIO's parser lets escape where a file is no TextGrid.
    except (
        *(PraatioException, ValueError, LookupError),
        *(TypeError, AttributeError, RecursionError),
    ) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise VadError(f"cannot be read as a TextGrid ({reason})") from error
    if len(by_name) != len(tiers):
        raise VadError("two tiers of one name, expected one of each")
    return by_name


def tier_of(
    tiers: dict[str, dict[str, Any]], name: str, path: Path
) -> tuple[LabelledSegment, list[LabelledSegment]]:
    """Bounds and intervals of the tier `name`, in the order of the file."""
    tier = tiers.get(name)
    if tier is None:
        raise VadError(f"no tier '{name}', expected one of {', '.join(map(repr, tiers))}")
    if tier.get("class") != INTERVALS:
        raise VadError(f"tier '{name}' holds points, expected intervals")
    try:
        entries = [(str(start), str(end), str(label)) for start, end, label in tier["entries"]]
        start, end = str(tier["xmin"]), str(tier["xmax"])
    except (LookupError, TypeError, ValueError):
        raise VadError(f"tier '{name}' is damaged, expected xmin, xmax and intervals") from None
    spans = [
        LabelledSegment(
            seconds(start), seconds(end), label, path, f"tier '{name}', interval {number}"
        )
        for number, (start, end, label) in enumerate(entries, 1)
    ]
    return LabelledSegment(seconds(start), seconds(end), "", path, f"tier '{name}'"), spans
