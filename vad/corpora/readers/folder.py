"""Unlabelled audio files: noise and music to lay under speech, or room impulse responses.

Any folder of files will do, as MUSAN (https://www.openslr.org/17) and the room responses of
https://www.openslr.org/28 come.
"""

from pathlib import Path
from typing import Literal

import numpy as np

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
    names = {path: recording_name(folder, path) for path in card.matching(folder, "audio")}
    splits = assigned(folder, card, list(names.values()), faults)
    chosen = [path for path in names if names[path] in splits]
    recordings = []
    for path, header in card.headers(chosen, faults).items():
        for channel in card.channels(header):
            fields = card.fields_of(names[path], card.role, splits[names[path]]) or {}
            fields |= {"name": card.recording_name(names[path], channel)}
            recordings.append(
                FileRecording(
                    **fields,
                    duration_s=header.duration_s,
                    native_rate=header.sample_rate,
                    path=path,
                    channel=channel,
                    speech=np.zeros((0, 2)),
                    annotated=whole(header.duration_s),
                )
            )
    return recordings
