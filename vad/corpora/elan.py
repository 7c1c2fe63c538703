"""ELAN annotation files (.eaf) beside audio files: aligned annotations of one tier or several.

https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf: time slots in milliseconds,
which annotations name. An annotation that is not aligned itself refers to one that is.
"""

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import ClassVar

from vad.corpora.classes import LabelKind, Pattern, normalised
from vad.corpora.files import OneOrMore
from vad.corpora.recording import FileRecording
from vad.corpora.sidecar import SidecarCard, read_sidecars
from vad.corpora.spans import Labels, Segment, read_text
from vad.errors import VadError
from vad.faults import Faults


class Card(SidecarCard):
    """The tier, or a list of them: names, or patterns that match at least one tier."""

    label_kind: ClassVar[LabelKind] = "words"

    tier: OneOrMore


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each audio file with its annotation file."""

    def parse(path: Path, faults: Faults) -> Labels:
        labels = Labels()
        with faults.gathered(path):
            for name, segments in annotations(read_text(path), card.tier).items():
                labels.segments += [
                    segment.at(path, f"tier '{name}', annotation {number}")
                    for number, segment in enumerate(segments, 1)
                ]
        return labels

    return read_sidecars(folder, card, parse, faults)


def annotations(text: str, wanted: tuple[str, ...]) -> dict[str, list[Segment]]:
    """The annotations of the tiers that names and patterns mean; VadError for a damaged file."""
    # expat expands no entity beyond a limit, and external ones not at all.
    try:
        root = ElementTree.fromstring(text.encode())  # noqa: S314
    except (ElementTree.ParseError, ValueError) as error:
        raise VadError(f"cannot be read as an ELAN file ({error})") from None
    slots = {slot.get("TIME_SLOT_ID"): slot.get("TIME_VALUE") for slot in root.iter("TIME_SLOT")}
    tiers = {tier.get("TIER_ID") or "": tier for tier in root.iter("TIER")}
    chosen = {}
    for text_wanted in wanted:
        pattern = Pattern.of(text_wanted).expression
        names = [name for name in tiers if pattern.fullmatch(normalised(name))]
        if not names:
            listed = ", ".join(map(repr, tiers)) or "none"
            raise VadError(
                f"no tier '{text_wanted}', expected one of {listed}; a pattern such as '*' takes "
                "the tiers that a file has"
            )
        chosen.update({name: _segments(tiers[name], slots) for name in names})
    return chosen


def _segments(tier: ElementTree.Element, slots: dict[str | None, str | None]) -> list[Segment]:
    segments = []
    for annotation in tier.iter("ALIGNABLE_ANNOTATION"):
        times = [slots.get(annotation.get(f"TIME_SLOT_REF{end}")) for end in (1, 2)]
        if not all(time is not None and time.isascii() and time.isdecimal() for time in times):
            raise VadError(f"annotation '{annotation.get('ANNOTATION_ID')}' has no times")
        value = annotation.findtext("ANNOTATION_VALUE") or ""
        start_s, end_s = (int((time or "0")[:12]) / 1000 for time in times)
        segments.append(Segment(start_s, end_s, value))
    return segments
