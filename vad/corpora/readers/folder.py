"""Unlabelled audio files: noise and music to lay under speech, or room impulse responses.

Any folder of files will do, as MUSAN (https://www.openslr.org/17) and the room responses of
https://www.openslr.org/28 come.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import numpy as np

from vad.corpora.card import Pattern, Role
from vad.corpora.files import FileCard, OneOrMore, recording_name
from vad.corpora.recording import FileRecording, whole
from vad.corpora.splits import assigned
from vad.errors import VadError
from vad.faults import Faults

# From so many folders on, each is a kind of sound, and a split gets whole kinds. Shares of fewer
# would be far from shares of recordings.
LEAST_FOLDERS = 10


class Card(FileCard):
    """Without labels: the files must not contain speech."""

    role: Literal["noise", "rir"]
    audio: OneOrMore
    # The group that finds the kind of sound in a recording's name: no kind is in two splits.
    kind: Pattern | None = None


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each file, annotated as a whole, without speech."""
    files = fields_of_files(folder, card, card.role, faults, lambda names: kinds(card, names))
    return [FileRecording(**fields) for fields in files]


def kinds(card: Card, names: Sequence[str]) -> dict[str, str]:
    """The kind of each recording: by the pattern of the card, by its folder, or by its own name.

    VadError where the pattern does not match.
    """
    if card.kind is None:
        folders = {name: str(PurePosixPath(name).parent) for name in names}
        return (
            folders
            if len({*folders.values()}) >= LEAST_FOLDERS
            else dict(zip(names, names, strict=True))
        )
    matches = {name: card.kind.search(name) for name in names}
    for name, match in matches.items():
        if match is None or not match[1]:
            raise VadError(
                f"corpus '{card.name}': no kind in the name '{name}', expected a match of 'kind', "
                f"{card.kind.pattern}"
            )
    return {name: match[1] for name, match in matches.items() if match}


def fields_of_files(
    folder: Path,
    card: FileCard,
    role: Role,
    faults: Faults,
    units_of: Callable[[Sequence[str]], Mapping[str, str]] | None = None,
) -> Iterator[dict[str, Any]]:
    """The fields of a recording for each file of `audio` and channel, without labels.

    Recordings that `units_of` gives one unit stay in one split, where shares decide.
    """
    names = {path: recording_name(folder, path) for path in card.matching(folder, "audio")}
    units = units_of(list(names.values())) if units_of else None
    splits = assigned(folder, card, list(names.values()), faults, units)
    chosen = [path for path in names if names[path] in splits]
    for path, header in card.headers(chosen, faults).items():
        for channel in card.channels(header):
            yield {
                **(card.fields_of(names[path], role, splits[names[path]]) or {}),
                "name": card.recording_name(names[path], channel),
                "duration_s": header.duration_s,
                "native_rate": header.sample_rate,
                "path": path,
                "channel": channel,
                "speech": np.zeros((0, 2)),
                "annotated": whole(header.duration_s),
            }
