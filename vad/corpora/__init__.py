"""Corpora: folders under data/raw/, each with a card that describes how to read it.

A card's `reader` names a module of package `readers`. That module has a `Card` with its own keys
and a function `read(folder, card, faults)` that lists the recordings; adding a corpus touches no
code. A wrong card stops at once; an error in one recording or label file is a fault, and the
recordings that it concerns are left out.
"""

import importlib
import itertools
import pkgutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

from vad.corpora import readers
from vad.corpora.card import CARD_NAME, REHEARSAL, BaseCard
from vad.corpora.recording import LabelledAudio, Recording
from vad.corpora.splits import SPLITS_NAME
from vad.errors import VadError
from vad.faults import Fault, Faults
from vad.schema import load_yaml, shown, validate

# What people call a card by mistake, without capitals.
CARD_NAMES = (CARD_NAME, "corpus.yml")

__all__ = [
    "LabelledAudio",
    "Recording",
    "load_card",
    "read_corpora",
    "read_corpus",
    "reader_modules",
]


def read_corpora(
    root: Path, names: tuple[str, ...] | None, faults: Faults | None = None
) -> list[Recording]:
    """The recordings of the corpora under `root`, all of them or those in `names`.

    They are sorted by corpus and name. Faults of single files are added to `faults`; where
    that is None, VadError has a line for each. VadError names the card and the fault, too.
    """
    gathered = Faults() if faults is None else faults
    folders = {path.parent.name: path.parent for path in sorted(root.glob(f"*/{CARD_NAME}"))}
    if names is None:
        _report_cards_elsewhere(root, folders, gathered)
    if not folders and not gathered.entries:
        raise VadError(f"{root}: no corpus, expected a folder with a {CARD_NAME}")
    for name in names or ():
        if name not in folders:
            raise VadError(
                f"{root}: no corpus '{name}' (prepare.corpora), expected some of "
                f"{', '.join(folders)}"
            )
    chosen = sorted(folders if names is None else set(names))
    recordings = [recording for name in chosen for recording in _read(folders[name], gathered)]
    if faults is None and gathered.entries:
        raise VadError(*(f"{fault.file}: {fault.reason}" for fault in sorted(gathered.entries)))
    return recordings


def _report_cards_elsewhere(root: Path, folders: Mapping[str, Path], faults: Faults) -> None:
    """Folders that look like a corpus but are not: faults for cards, a note for other folders."""
    for folder in sorted(path for path in root.glob("*") if path.is_dir()):
        if folder.name in folders or folder.name.startswith("."):
            continue
        files = [*folder.glob("*"), *folder.glob("*/*")]
        cards = sorted(path for path in files if path.name.casefold() in CARD_NAMES)
        if cards:
            position = folder / CARD_NAME
            if cards[0].parent != folder:
                position = root / cards[0].parent.name / CARD_NAME
            faults.add(cards[0], f"not taken for a card, expected {position}: move it there")
        else:
            faults.notes.append(f"{folder}: no {CARD_NAME} in it, left out")


def read_corpus(folder: Path, faults: Faults | None = None) -> list[Recording]:
    """The recordings of one corpus, sorted by name; faults as in `read_corpora`."""
    return read_corpora(folder.parent, (folder.name,), faults)


def _read(folder: Path, faults: Faults) -> list[Recording]:
    card = load_card(folder / CARD_NAME)
    fault_count = len(faults.entries)
    recordings: list[Recording] = reader_modules()[card.reader].read(folder, card, faults)
    recordings.sort(key=lambda recording: recording.name)
    recordings = _without_doubles(recordings, faults)
    # A split may be empty because its recordings have faults, or are left out.
    is_left_out = any(corpus == card.name for corpus, _ in faults.tally.left_out)
    if len(faults.entries) == fault_count and not is_left_out:
        if not recordings:
            raise VadError(f"{folder}: no recordings, expected some in the files of its card")
        _check_splits(folder, card, recordings)
    _check_speakers(folder, recordings)
    return recordings


def load_card(path: Path) -> BaseCard:
    """The card in `path`, of the type that its reader wants.

    VadError has a line for each fault: file, key, value and what is allowed.
    """
    values = load_yaml(path)
    reader, known = values.get("reader"), reader_modules()
    if not isinstance(reader, str) or reader not in known:
        raise VadError(f"{path}: 'reader' is {shown(reader)}, expected one of {', '.join(known)}")
    card: BaseCard = validate(known[reader].Card, values, path)
    if card.name != path.absolute().parent.name:
        raise VadError(
            f"{path}: 'name' is {card.name!r}, expected its folder's, "
            f"{path.absolute().parent.name!r}"
        )
    if card.name == REHEARSAL:
        raise VadError(
            f"{path}: 'name' is {card.name!r}, expected another: prepare adds a corpus of that name"
        )
    return card


def reader_modules() -> dict[str, ModuleType]:
    """The modules of package `readers`, by the name that a card uses."""
    names = sorted(module.name for module in pkgutil.iter_modules(readers.__path__))
    return {name: importlib.import_module(f"{readers.__name__}.{name}") for name in names}


def _without_doubles(recordings: Sequence[Recording], faults: Faults) -> list[Recording]:
    """`recordings`, sorted by name, without those of a name that several have: each is a fault."""
    single = []
    for name, group in itertools.groupby(recordings, key=lambda recording: recording.name):
        members = list(group)
        if len(members) == 1:
            single += members
            continue
        reason = f"{len(members)} recordings are called '{name}', expected one"
        for source in sorted({member.source for member in members}):
            faults.entries.append(Fault(source, reason))
    return single


def _check_splits(folder: Path, card: BaseCard, recordings: Sequence[Recording]) -> None:
    splits = {recording.split for recording in recordings}
    for split, patterns in card.split.patterns.items():
        if split not in splits:
            raise VadError(
                f"{folder / CARD_NAME}: 'split.{split}' is {', '.join(patterns)}, "
                "no recording has such a name"
            )


def _check_speakers(folder: Path, recordings: Sequence[Recording]) -> None:
    first: dict[str, Recording] = {}
    for recording in recordings:
        if recording.speaker is None:
            continue
        other = first.setdefault(recording.speaker, recording)
        if other.split != recording.split:
            remedy = ""
            if (folder / SPLITS_NAME).exists():
                remedy = f": remove {SPLITS_NAME} to share out all recordings anew"
            raise VadError(
                f"{folder}: speaker '{recording.speaker}' is in {other.split} ({other.name}) "
                f"and in {recording.split} ({recording.name}), expected one split{remedy}"
            )
