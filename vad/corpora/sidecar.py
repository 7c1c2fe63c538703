"""A label file for each audio file: which belongs to which, and what is speech in it."""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

from vad.corpora.files import FileCard, OneOrMore
from vad.corpora.recording import FileRecording
from vad.corpora.spans import LabelledSegment, Labels
from vad.faults import Faults


class SidecarCard(FileCard):
    """Patterns over audio files and the label files of the same name, there or elsewhere."""

    role: Literal["speech"] = "speech"
    audio: OneOrMore
    labels: OneOrMore


def read_sidecars(
    folder: Path, card: SidecarCard, parse: Callable[[Path, Faults], Labels], faults: Faults
) -> list[FileRecording]:
    """A recording for each audio file with its label file, which `parse` reads."""
    audio = card.matching(folder, "audio")
    label_files = paired(audio, card.matching(folder, "labels"), faults)
    recordings = []
    for path in audio:
        if not card.in_a_split(folder, path, card.role):
            continue
        found = label_files[path]
        if len(found) != 1:
            names = ", ".join(map(str, found)) or "none"
            faults.add(path, f"expected one file of 'labels' of its name, found {names}")
            continue
        fault_count = len(faults.found)
        labels = parse(found[0], faults)
        if len(faults.found) == fault_count:
            recordings.append(card.recording(folder, path, card.role, labels, faults))
    return [recording for recording in recordings if recording is not None]


def paired(
    audio: Iterable[Path], label_files: Iterable[Path], faults: Faults
) -> dict[Path, list[Path]]:
    """The label files of each audio file: of the same name, and of those the nearest path.

    `labels/s1/a.lab` belongs to `audio/s1/a.wav`, not to `audio/s2/a.wav`. One that fits no audio
    file, or several equally well, is a fault.
    """
    by_stem = defaultdict(list)
    for path in audio:
        by_stem[path.stem].append(path)
    pairs: dict[Path, list[Path]] = defaultdict(list)
    for label_file in label_files:
        nearness = {path: _nearness(path, label_file) for path in by_stem[label_file.stem]}
        nearest = [path for path in nearness if nearness[path] == max(nearness.values())]
        if len(nearest) == 1:
            pairs[nearest[0]].append(label_file)
        else:
            names = ", ".join(map(str, nearest)) or "none"
            faults.add(label_file, f"expected one audio file of its name, found {names}")
    return pairs


def _nearness(one: Path, other: Path) -> tuple[int, int]:
    """How many folders two paths share at their end, and at their start."""
    parents = one.parent.parts, other.parent.parts
    return _shared(*(parts[::-1] for parts in parents)), _shared(*parents)


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def labels_of(spans: Iterable[LabelledSegment], silence: tuple[str, ...]) -> Labels:
    """All spans but those labelled as `silence` are speech."""
    return Labels([span for span in spans if span.label.strip() not in silence])
