"""Unlabelled audio files: noise and music to lay under speech, or room impulse responses.

Any folder of files will do, as MUSAN (https://www.openslr.org/17) and the room responses of
https://www.openslr.org/28 come.
"""

from pathlib import Path
from typing import Literal

from vad.corpora.files import FileCard, OneOrMore
from vad.corpora.recording import FileRecording
from vad.corpora.spans import Labels
from vad.faults import Faults


class Card(FileCard):
    """There are no labels, so the files must hold no speech."""

    role: Literal["noise", "rir"]
    audio: OneOrMore


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each file, annotated as a whole, without speech."""
    paths = card.matching(folder, "audio")
    recordings = (card.recording(folder, path, card.role, Labels(), faults) for path in paths)
    return [recording for recording in recordings if recording is not None]
