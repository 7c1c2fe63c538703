"""Unlabelled audio files: noise and music to lay under speech, or room impulse responses.

Any folder of files will do, as MUSAN (https://www.openslr.org/17) and the room responses of
https://www.openslr.org/28 come.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np

from vad.corpora.card import Role
from vad.corpora.files import FileCard, OneOrMore, recording_name
from vad.corpora.recording import FileRecording, whole
from vad.corpora.splits import assigned
from vad.faults import Faults


class Card(FileCard):
    """Without labels: the files must not contain speech."""

    role: Literal["noise", "rir"]
    audio: OneOrMore


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each file, annotated as a whole, without speech."""
    return [FileRecording(**fields) for fields in fields_of_files(folder, card, card.role, faults)]


def fields_of_files(
    folder: Path, card: FileCard, role: Role, faults: Faults
) -> Iterator[dict[str, Any]]:
    """The fields of a recording for each file of `audio` and channel, without labels."""
    names = {path: recording_name(folder, path) for path in card.matching(folder, "audio")}
    splits = assigned(folder, card, list(names.values()), faults)
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
