"""Corpora in files: which files a card means, what they are called, and their headers."""

import glob
import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainValidator

from vad.corpora.audio import Header, read_header
from vad.corpora.card import CARD_NAME, BaseCard
from vad.corpora.splits import SPLITS_NAME
from vad.errors import VadError
from vad.faults import Fault, Faults
from vad.workers import run_parallel

# Headers that a worker reads at a time; fewer files than two such batches need no workers.
BATCH_FILES = 200
EACH = "each"
# Zero bytes and halves of surrogate pairs, which escapes and damaged tables may hold.
NO_CHARACTER = re.compile("[\0\ud800-\udfff]")


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _check_channel(value: object) -> object:
    if value == EACH or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise ValueError(f"expected a channel, from 0 on, or '{EACH}'")


ChannelKey = Annotated[int | Literal["each"], PlainValidator(_check_channel)]
OneOrMore = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    BeforeValidator(_as_list),
    Field(min_length=1),
]
AnyNumber = Annotated[tuple[str, ...], BeforeValidator(_as_list)]


class FileCard(BaseCard):
    """The keys of every card of recordings in audio files."""

    # One channel of each file, from 0, or each of them, in place of the mean of all.
    channel: ChannelKey | None = None
    # A link inside the folder may lead anywhere without it: its owner made it.
    allow_outside: bool = False

    def inside(self, folder: Path, path: str) -> Path:
        """`path`, which is relative to the corpus folder; VadError when it may not be read."""
        check_characters(path)
        parts = PurePath(path.replace("\\", "/")).parts
        if not self.allow_outside and (PurePath(path).is_absolute() or ".." in parts):
            raise VadError(
                f"'{path}' is outside {folder}, expected a path inside it, "
                f"or 'allow_outside: true' in {folder / CARD_NAME}"
            )
        return existing(folder / path)

    def matching(self, folder: Path, key: str) -> list[Path]:
        """The files that the patterns under `key` match, sorted; VadError when one has none.

        Suffixes match in capitals or not. A pattern may also be the name of a file.
        """
        paths: set[Path] = set()
        position = f"{folder / CARD_NAME}: '{key}'"
        for pattern in getattr(self, key):
            try:
                self.inside(folder, pattern)
            except VadError as error:
                raise VadError(f"{position}: {error}") from None
            matches = files_matching(folder, pattern)
            if not matches:
                raise VadError(f"{position} is '{pattern}', no such file in {folder}")
            paths |= matches
        return sorted(paths)

    def channels(self, header: Header) -> Sequence[int | None]:
        """The channels of a file that become recordings, None for the mean of all."""
        return range(header.channel_count) if self.channel == EACH else [self.one_channel]

    @property
    def one_channel(self) -> int | None:
        """The channel that every file must have; None for the mean, or each, of all."""
        return self.channel if isinstance(self.channel, int) else None

    def recording_name(self, name: str, channel: int | None) -> str:
        """The name of a recording, which has its channel in it where each channel is one."""
        return f"{name}/channel{channel}" if self.channel == EACH else name

    def headers(self, paths: Iterable[Path], faults: Faults) -> dict[Path, Header]:
        """The headers of audio files, read in the workers; those with a fault are absent."""
        wanted = sorted(set(paths))
        channel = self.one_channel
        if len(wanted) < 2 * BATCH_FILES:
            batches = [_read_headers(wanted, channel)]
        else:
            calls = [
                (wanted[first : first + BATCH_FILES], channel)
                for first in range(0, len(wanted), BATCH_FILES)
            ]
            batches = run_parallel(_read_headers, calls, self.name)
        headers: dict[Path, Header] = {}
        for batch_headers, batch_faults in batches:
            headers |= batch_headers
            faults.entries.extend(batch_faults)
        return headers


def _read_headers(paths: list[Path], channel: int | None) -> tuple[dict[Path, Header], list[Fault]]:
    headers, faults = {}, Faults()
    for path in paths:
        with faults.gathered(path):
            headers[path] = read_header(path, channel)
    return headers, faults.entries


def check_characters(path: str) -> None:
    """VadError for a path with a character that no name of a file has."""
    if NO_CHARACTER.search(path):
        raise VadError(f"{path!r} holds a character that no path has, expected another path")


def files_matching(folder: Path, pattern: str) -> set[Path]:
    """Files under `folder` that a shell pattern matches, its suffix in capitals or not."""
    # Path.glob would not follow links to folders under `**`.
    names = glob.glob(_any_case_suffix(pattern), root_dir=folder, recursive=True)  # noqa: PTH207
    paths = {folder / name for name in names} | {folder / pattern}
    own = {folder / CARD_NAME, folder / SPLITS_NAME}
    return {path for path in paths - own if os.path.lexists(path) and not path.is_dir()}


def _any_case_suffix(pattern: str) -> str:
    """`*.wav` as `*.[wW][aA][vV]`; brackets in a suffix are left as they are."""
    stem, dot, suffix = pattern.rpartition(".")
    if not dot or not suffix.isalnum():
        return pattern
    letters = (f"[{c.lower()}{c.upper()}]" if c.isalpha() else c for c in suffix)
    return f"{stem}.{''.join(letters)}"


def existing(path: Path) -> Path:
    """`path`, or the file of the same name in another Unicode form, or with slashes of POSIX."""
    if os.path.lexists(path):
        return path
    text = str(path)
    forms = [text, *(unicodedata.normalize(form, text) for form in ("NFC", "NFD"))]
    candidates = (Path(form.replace("\\", sep)) for form in forms for sep in ("\\", "/"))
    return next((candidate for candidate in candidates if os.path.lexists(candidate)), path)


def recording_name(folder: Path, path: Path) -> str:
    """The path in the corpus without its suffix, `/` between its parts, in one Unicode form.

    Of a path outside the folder, the parts that are not shared, without any `..`. Bytes that are
    no UTF-8 become escapes.
    """
    relative = PurePath(os.path.splitext(os.path.relpath(path, folder))[0])  # noqa: PTH122
    name = PurePath(*(part for part in relative.parts if part != "..")).as_posix()
    return one_form(name.encode("utf-8", "backslashreplace").decode())


def one_form(text: str) -> str:
    """`text` in the Unicode form NFC: what looks the same is the same."""
    return unicodedata.normalize("NFC", text)


def file_id(path: Path, pattern: re.Pattern[str] | None) -> str:
    """The file id of an audio file: its name without suffix, or the group that `pattern` finds."""
    stem = one_form(path.stem)
    match = pattern.search(stem) if pattern else None
    return match[1] if match else stem
