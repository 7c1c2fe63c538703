"""Corpora in files: which files a card means, and what their recordings are called."""

import glob
import os
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Annotated

from pydantic import Field

from vad.audio import audio_duration_s
from vad.corpora.card import CARD_NAME, BaseCard, Role
from vad.corpora.recording import FileRecording, Span, intervals_within, whole
from vad.errors import VadError

Pattern = Annotated[str, Field(min_length=1)]


class FileCard(BaseCard):
    """The keys of every card whose recordings are audio files."""

    # One channel of each file, from 0, in place of the mean of all.
    channel: Annotated[int, Field(ge=0)] | None = None
    # A link inside the folder may lead anywhere without it: its owner made it.
    allow_outside: bool = False

    def inside(self, folder: Path, path: str, place: str) -> Path:
        """`path`, which is relative to the corpus folder; VadError when it may not be read."""
        if not self.allow_outside and (
            PurePath(path).is_absolute() or ".." in PurePath(path).parts
        ):
            raise VadError(
                f"{place}: '{path}' is outside {folder}, expected a path inside it, "
                f"or 'allow_outside: true' in {folder / CARD_NAME}"
            )
        return folder / path

    def matching(self, folder: Path, key: str) -> list[Path]:
        """The files that the pattern under `key` matches, sorted; VadError without any."""
        pattern = getattr(self, key)
        card = folder / CARD_NAME
        self.inside(folder, pattern, f"{card}: '{key}'")
        # Path.glob would not follow links to folders under `**`.
        names = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207
        paths = sorted({folder / name for name in names if not (folder / name).is_dir()})
        if not paths:
            raise VadError(f"{card}: '{key}' is '{pattern}', no such file in {folder}")
        return paths

    def recording(
        self,
        folder: Path,
        path: Path,
        role: Role,
        speech: Iterable[Span] = (),
        annotated: Iterable[Span] | None = None,
    ) -> FileRecording | None:
        """The recording in `path` with its labels, checked; None when no split has it.

        Without `annotated` the whole file is.
        """
        place = self.place(recording_name(folder, path), role)
        if place is None:
            return None
        duration_s = audio_duration_s(path, self.channel)
        return FileRecording(
            **place,
            duration_s=duration_s,
            path=path,
            channel=self.channel,
            speech=intervals_within(speech, path, duration_s),
            annotated=whole(duration_s)
            if annotated is None
            else intervals_within(annotated, path, duration_s),
        )


def recording_name(folder: Path, path: Path) -> str:
    """The path in the corpus without its suffix, `/` between its parts.

    Of a path outside the folder, the parts that are not shared, without any `..`.
    """
    relative = PurePath(os.path.relpath(path, folder)).with_suffix("")
    name = PurePath(*(part for part in relative.parts if part != "..")).as_posix()
    try:
        name.encode()
    except UnicodeEncodeError:
        raise VadError(f"{str(path)!a}: expected a file name in UTF-8") from None
    return name


def read_text(path: Path) -> str:
    """A label file's text: UTF-8 with or without a byte order mark, or else Latin-1."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise VadError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
