"""Manifests of lhotse: recordings and supervisions as JSON lines, compressed or not.

https://lhotse.readthedocs.io/en/latest/corpus.html: recordings have an id and sources with paths
and channels, supervisions a recording_id, start, duration and channel. Supervisions are speech
unless their text is a mark such as [noise]; audio between them is not. The library is not needed.
"""

import gzip
import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from vad.corpora.classes import LabelKind
from vad.corpora.file_ids import listed, read_regions
from vad.corpora.files import OneOrMore, one_form
from vad.corpora.labelled import Candidate, LabelCard, read_labelled
from vad.corpora.readers.jsonl import parse_json
from vad.corpora.recording import FileRecording
from vad.corpora.rows import number_in, text_in
from vad.corpora.spans import LabelledSegment, Labels, Segment, read_text
from vad.errors import VadError
from vad.faults import Faults

GZIP = b"\x1f\x8b"
# Transforms of recordings that leave all times as they are.
HARMLESS = {"Resample", "Volume"}


class Card(LabelCard):
    """Patterns over manifests of recordings and of supervisions."""

    label_kind: ClassVar[LabelKind] = "words"

    recordings: OneOrMore
    supervisions: OneOrMore


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each one in the manifests, or for each of its channels."""
    segments: dict[str, list[LabelledSegment]] = defaultdict(list)
    is_sound = True
    for path in card.matching(folder, "supervisions"):
        fault_count = len(faults.entries)
        for values, position in objects_in(path, faults):
            with faults.gathered(path, position):
                recording, own = parse_supervision(values)
                segments[recording] += [segment.at(path, position) for segment in own]
        is_sound = is_sound and len(faults.entries) == fault_count
    candidates: list[Candidate] = []
    fault_count = len(faults.entries)
    for path in card.matching(folder, "recordings"):
        for values, position in objects_in(path, faults):
            with faults.gathered(path, position):
                name, source = parse_recording(values)
                labels = Labels(list(segments.get(name, [])))
                if is_sound:
                    candidates.append(Candidate(card.inside(folder, source), labels, name))
    missing = sorted(segments.keys() - {candidate.name for candidate in candidates})
    if missing and card.missing_audio == "fault" and len(faults.entries) == fault_count:
        first = segments[missing[0]][0]
        faults.add(first.file, f"{first.position}: no recording {listed(missing)}")
    audio = {card.id_of(candidate.path): candidate.path for candidate in candidates}
    regions = read_regions(folder, card, audio, faults)
    return read_labelled(folder, card, candidates, faults, regions)


def objects_in(path: Path, faults: Faults) -> Iterator[tuple[dict[str, Any], str]]:
    """The object in each line, with its position; a line without one is a fault."""
    with faults.gathered(path):
        for number, line in enumerate(_text(path).split("\n"), 1):
            if line.strip():
                with faults.gathered(path, f"line {number}"):
                    values = parse_json(line)
                    if not isinstance(values, dict):
                        raise VadError(f"{line[:60]}, expected a JSON object")
                    yield values, f"line {number}"


def _text(path: Path) -> str:
    if path.read_bytes()[:2] != GZIP:
        return read_text(path)
    try:
        return gzip.decompress(path.read_bytes()).decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise VadError(f"cannot be read as a compressed manifest ({error})") from None


def parse_supervision(values: dict[str, Any]) -> tuple[str, list[Segment]]:
    """The recording id of a supervision and its segment in each channel, which count from 0."""
    start_s, duration_s = number_in(values, "start", None), number_in(values, "duration", None)
    if start_s is None or duration_s is None:
        raise VadError("no start or no duration, expected seconds")
    channels = values.get("channel", 0)
    channels = channels if isinstance(channels, list) else [channels]
    if not channels or not all(isinstance(channel, int) for channel in channels):
        raise VadError(f"'channel' is {channels!r}, expected numbers from 0")
    text = values.get("text")
    label = text if isinstance(text, str) and text.strip() else None
    return one_form(text_in(values, "recording_id")), [
        Segment(start_s, start_s + duration_s, label, channel + 1) for channel in channels
    ]


def parse_recording(values: dict[str, Any]) -> tuple[str, str]:
    """The id and the path of a recording; VadError where it is not one file."""
    name, sources = one_form(text_in(values, "id")), values.get("sources")
    _check_plain(name, values)
    if not isinstance(sources, list) or len(sources) != 1 or not isinstance(sources[0], dict):
        raise VadError(f"recording '{name}': expected one source, a file of all channels")
    if sources[0].get("type") != "file":
        raise VadError(f"recording '{name}': source of type {sources[0].get('type')!r}, not a file")
    return name, text_in(sources[0], "source")


def _check_plain(name: str, values: dict[str, Any]) -> None:
    """VadError where a manifest holds cuts, or recordings that a transform stretches."""
    if "recording" in values or "tracks" in values:
        raise VadError(
            f"'{name}' is a cut, expected manifests of recordings and supervisions: "
            "CutSet.decompose() of lhotse writes them"
        )
    transforms = values.get("transforms") or []
    names = [t.get("name") if isinstance(t, dict) else t for t in transforms]
    if not HARMLESS.issuperset(map(str, names)):
        changes = ", ".join(map(str, names))
        raise VadError(f"recording '{name}' is changed by {changes[:80]}, expected none")
