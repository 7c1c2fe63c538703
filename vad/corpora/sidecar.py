"""A label file for each audio file: which belongs to which."""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from vad.corpora.card import CARD_NAME
from vad.corpora.file_ids import read_regions
from vad.corpora.files import OneOrMore, one_form, recording_name
from vad.corpora.labelled import Candidate, LabelCard, read_labelled
from vad.corpora.recording import FileRecording
from vad.corpora.spans import Labels
from vad.faults import Faults


class SidecarCard(LabelCard):
    """Patterns over audio files and the label files of the same name, there or elsewhere."""

    audio: OneOrMore
    labels: OneOrMore


def read_sidecars(
    folder: Path, card: SidecarCard, parse: Callable[[Path, Faults], Labels], faults: Faults
) -> list[FileRecording]:
    """A recording for each audio file with its label file, which `parse` reads."""
    audio = {path: card.id_of(path) for path in card.matching(folder, "audio")}
    label_files = paired(card, audio, card.matching(folder, "labels"), faults)
    candidates, unlabelled = [], []
    for path in audio:
        own = label_files[path]
        if not card.is_in_a_split(recording_name(folder, path)):
            # Left out by its name: it needs no labels.
            candidates.append(Candidate(path, Labels()))
        elif not own:
            unlabelled.append(path)
        elif len(own) > 1:
            names = ", ".join(map(str, own))
            faults.add(path, f"expected one file of 'labels' of its name, found {names}")
        else:
            fault_count = len(faults.entries)
            labels = parse(own[0], faults)
            if len(faults.entries) == fault_count:
                candidates.append(Candidate(path, labels))
    if unlabelled:
        more = f" (and {len(unlabelled) - 1} more audio files)" if len(unlabelled) > 1 else ""
        faults.add(unlabelled[0], f"expected one file of 'labels' of its name, found none{more}")
    known = {file_id: path for path, file_id in audio.items()}
    regions = read_regions(folder, card, known, faults)
    return read_labelled(folder, card, candidates, faults, regions)


def paired(
    card: SidecarCard, audio: Mapping[Path, str], label_files: Iterable[Path], faults: Faults
) -> dict[Path, list[Path]]:
    """The label files of each audio file: of its name, with the suffix or not, the nearest path.

    `labels/s1/a.lab` belongs to `audio/s1/a.wav`, not to `audio/s2/a.wav`. One that fits no audio
    file, or several equally well, is a fault.
    """
    by_id = defaultdict(list)
    by_name = defaultdict(list)
    for path, file_id in audio.items():
        by_id[file_id].append(path)
        by_name[one_form(path.name)].append(path)
    pairs: dict[Path, list[Path]] = defaultdict(list)
    missing = []
    for label_file in label_files:
        stem = one_form(label_file.stem)
        # Some tools write `a.wav.srt`; `file_id` may find the name in a longer one, `a.en.srt`.
        same_name = by_id[stem] or by_name[stem] or by_id[card.id_of(label_file)]
        nearness = {path: _nearness(path, label_file) for path in same_name}
        nearest = [path for path in nearness if nearness[path] == max(nearness.values())]
        if len(nearest) == 1:
            pairs[nearest[0]].append(label_file)
        elif nearest:
            names = ", ".join(map(str, nearest))
            faults.add(label_file, f"expected one audio file of its name, found {names}")
        else:
            missing.append(label_file)
    _report_lonely(card, missing, faults)
    return pairs


def _report_lonely(card: SidecarCard, label_files: list[Path], faults: Faults) -> None:
    """Label files without audio: one fault, or a count where the card skips them."""
    if not label_files:
        return
    if card.missing_audio == "skip":
        faults.tally.left_out[card.name, "missing_audio"] += len(label_files)
        faults.notes.append(f"{label_files[0]}: no audio file of its name, passed over")
        return
    more = f" (and {len(label_files) - 1} more label files)" if len(label_files) > 1 else ""
    faults.add(
        label_files[0],
        f"expected one audio file of its name, found none{more}: 'file_id' in {CARD_NAME} finds "
        "names in longer ones, 'missing_audio: skip' passes over such labels",
    )


def _nearness(one: Path, other: Path) -> tuple[int, int]:
    """How many folders two paths share at their end, and at their start."""
    parents = one.parent.parts, other.parent.parts
    return _shared(*(parts[::-1] for parts in parents)), _shared(*parents)


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
