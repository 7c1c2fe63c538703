"""ELAN annotation files (.eaf) beside audio files: aligned annotations of one tier or several.

https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf: time slots in milliseconds,
which annotations name. An annotation that is not aligned itself refers to one that is.
"""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from vad.corpora.classes import LabelKind, Pattern
from vad.corpora.files import OneOrMore
from vad.corpora.meanings import EMPTY, normalised
from vad.corpora.numbers import natural
from vad.corpora.recording import FileRecording
from vad.corpora.sidecar import SidecarCard, read_sidecars
from vad.corpora.spans import Labels, Segment, read_text
from vad.errors import VadError
from vad.faults import Faults

MILLISECONDS = "milliseconds"


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
        # The text is decoded: the encoding that a declaration names is that of the file.
        text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
        root = ElementTree.fromstring(text.encode())  # noqa: S314
    except (ElementTree.ParseError, ValueError) as error:
        raise VadError(f"cannot be read as an ELAN file ({error})") from None
    _check_document(root)
    aligned = {a.get("ANNOTATION_ID"): a for a in root.iter("ALIGNABLE_ANNOTATION")}
    parents = {a.get("ANNOTATION_ID"): a.get("ANNOTATION_REF") for a in root.iter("REF_ANNOTATION")}
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
        for name in names:
            chosen[name] = [
                _segment(annotation, _aligned(annotation, aligned, parents), slots)
                for annotation in tiers[name].iter()
                if annotation.tag in ("ALIGNABLE_ANNOTATION", "REF_ANNOTATION")
            ]
    return chosen


def _check_document(root: ElementTree.Element) -> None:
    """VadError where the times of a file are not milliseconds from the start of its audio."""
    if root.tag != "ANNOTATION_DOCUMENT":
        raise VadError(f"cannot be read as an ELAN file: its root is <{root.tag[:40]}>")
    header = root.find("HEADER")
    unit = MILLISECONDS if header is None else header.get("TIME_UNITS", MILLISECONDS)
    if unit != MILLISECONDS:
        raise VadError(f"its times are {unit[:40]}, expected {MILLISECONDS}")
    for media in root.iter("MEDIA_DESCRIPTOR"):
        if media.get("TIME_ORIGIN", "0") != "0":
            raise VadError(
                f"its media are shifted by {media.get('TIME_ORIGIN', '')[:20]} ms (TIME_ORIGIN), "
                "expected audio that starts with the annotations"
            )


def _aligned(
    annotation: ElementTree.Element,
    aligned: Mapping[str | None, ElementTree.Element],
    parents: Mapping[str | None, str | None],
) -> ElementTree.Element:
    """The annotation with times that one refers to, over any number of others; or itself."""
    if annotation.tag == "ALIGNABLE_ANNOTATION":
        return annotation
    key = annotation.get("ANNOTATION_ID")
    for _ in range(len(parents)):
        key = parents.get(key)
        if key in aligned:
            return aligned[key]
    raise VadError(f"annotation '{annotation.get('ANNOTATION_ID')}' refers to none with times")


def _segment(
    annotation: ElementTree.Element,
    aligned: ElementTree.Element,
    slots: Mapping[str | None, str | None],
) -> Segment:
    times = [natural(slots.get(aligned.get(f"TIME_SLOT_REF{end}")) or "") for end in (1, 2)]
    if None in times:
        raise VadError(
            f"annotation '{aligned.get('ANNOTATION_ID')}' has no times of its own, which ELAN "
            "shares out: expected a tier with aligned annotations, such as its parent"
        )
    value = (annotation.findtext("ANNOTATION_VALUE") or "").strip() or EMPTY
    start_s, end_s = ((time or 0) / 1000 for time in times)
    return Segment(start_s, end_s, value)
