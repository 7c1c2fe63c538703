"""Corpora in files: which files a card means, and what their recordings are called."""

import glob
import os
from pathlib import Path, PurePath
from typing import Annotated

from pydantic import BeforeValidator, Field

from vad.corpora.audio import read_header
from vad.corpora.card import CARD_NAME, BaseCard, Role
from vad.corpora.recording import FileRecording, whole
from vad.corpora.spans import Labels, intervals_within
from vad.errors import VadError
from vad.faults import Faults


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


OneOrMore = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    BeforeValidator(_as_list),
    Field(min_length=1),
]


class FileCard(BaseCard):
    """The keys of every card whose recordings are audio files."""

    # One channel of each file, from 0, in place of the mean of all.
    channel: Annotated[int, Field(ge=0)] | None = None
    # A link inside the folder may lead anywhere without it: its owner made it.
    allow_outside: bool = False

    def inside(self, folder: Path, path: str) -> Path:
        """`path`, which is relative to the corpus folder; VadError when it may not be read."""
        if not self.allow_outside and (
            PurePath(path).is_absolute() or ".." in PurePath(path).parts
        ):
            raise VadError(
                f"'{path}' is outside {folder}, expected a path inside it, "
                f"or 'allow_outside: true' in {folder / CARD_NAME}"
            )
        return folder / path

    def matching(self, folder: Path, key: str) -> list[Path]:
        """The files that the patterns under `key` match, sorted; VadError when one has none."""
        paths: set[Path] = set()
        place = f"{folder / CARD_NAME}: '{key}'"
        for pattern in getattr(self, key):
            try:
                self.inside(folder, pattern)
            except VadError as error:
                raise VadError(f"{place}: {error}") from None
            # Path.glob would not follow links to folders under `**`.
            names = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207
            found = {folder / name for name in names if not (folder / name).is_dir()}
            if not found:
                raise VadError(f"{place} is '{pattern}', no such file in {folder}")
            paths |= found
        return sorted(paths)

    def in_a_split(self, folder: Path, path: Path, role: Role) -> bool:
        """Whether the patterns of the card leave the recording in `path` in."""
        return self.place(recording_name(folder, path), role) is not None

    def recording(
        self, folder: Path, path: Path, role: Role, labels: Labels, faults: Faults
    ) -> FileRecording | None:
        """The recording in `path` with its labels, checked.

        None when no split has it, or when it has faults, which are added to `faults`.
        """
        place = self.place(recording_name(folder, path), role)
        if place is None:
            return None
        fault_count, duration_s = len(faults.found), 0.0
        with faults.gathered(path):
            duration_s = read_header(path, self.channel).duration_s
        if not duration_s:
            return None
        speech = intervals_within(labels.speech, path, duration_s, faults)
        annotated = whole(duration_s)
        if labels.annotated is not None:
            annotated = intervals_within(labels.annotated, path, duration_s, faults)
        if len(faults.found) > fault_count:
            return None
        return FileRecording(
            **place,
            duration_s=duration_s,
            path=path,
            channel=self.channel,
            speech=speech,
            annotated=annotated,
        )


def recording_name(folder: Path, path: Path) -> str:
    """The path in the corpus without its suffix, `/` between its parts.

    Of a path outside the folder, the parts that are not shared, without any `..`. Bytes that are
    no UTF-8 become escapes.
    """
    relative = PurePath(os.path.splitext(os.path.relpath(path, folder))[0])  # noqa: PTH122
    name = PurePath(*(part for part in relative.parts if part != "..")).as_posix()
    return name.encode("utf-8", "backslashreplace").decode()
