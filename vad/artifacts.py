"""Outputs appear whole or not at all, and a failed stage leaves the previous ones in place.

What is written goes to drafts beside the outputs, each of one run alone, and moves into place at
the end. A lock beside each output keeps a second run from writing it.
"""

import errno
import fcntl
import json
import math
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from uuid import uuid4

from vad.errors import VadError

if TYPE_CHECKING:
    import pandas as pd

METRIC_DIGITS = 6
# Bytes; file systems allow 255, and a draft's name is 40 longer.
LONGEST_NAME = 200
# Of file systems without locks, such as Lustre as it is often mounted.
NO_LOCKS = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK)

Move = tuple[Path, Path]


@dataclass
class Publication:
    """Drafts that wait for each other, with the path of each; `stack` removes what is left."""

    stack: ExitStack
    moves: list[Move] = field(default_factory=list)


_publication: ContextVar[Publication | None] = ContextVar("publication", default=None)
_held: set[Path] = set()


@contextmanager
def together(*paths: Path) -> Iterator[None]:
    """Whatever `replacing` writes inside moves into place at the end, or none of it does.

    `paths` are locked and their folders made at the start: an output that cannot be written stops
    a stage before its work, not after it.
    """
    with ExitStack() as stack:
        stack.enter_context(locked(*paths))
        publication = Publication(stack)
        stack.callback(_publication.reset, _publication.set(publication))
        yield
        _publish(publication.moves)


@contextmanager
def replacing(*paths: Path) -> Iterator[tuple[Path, ...]]:
    """Temporary siblings of `paths` to write to; all of them move into place at the end.

    A path may become a file or a folder. On any error the temporary ones are removed.
    """
    publication = _publication.get()
    with ExitStack() as own:
        stack = publication.stack if publication else own
        stack.enter_context(locked(*paths))
        moves = [(_draft(path), path) for path in paths]
        for draft, _ in moves:
            stack.callback(_remove, draft)
        yield tuple(draft for draft, _ in moves)
        if publication:
            publication.moves += moves
        else:
            _publish(moves)


@contextmanager
def locked(*paths: Path) -> Iterator[None]:
    """Keep other runs from writing `paths`, for the duration of the context.

    VadError names the process that writes one of them. Drafts that a killed run left are removed.
    """
    with ExitStack() as stack:
        for path in paths:
            stack.enter_context(_locked(path))
        yield


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    lock = path.absolute().with_name(f".{_short(path.name)}.lock")
    if lock in _held:
        yield
        return
    lock.parent.mkdir(parents=True, exist_ok=True)
    # A run that came to its end has removed its drafts before its lock: none are looked for, which
    # would take long for each of many files in one folder.
    was_left = lock.exists()
    with _lock_file(lock, path):
        _held.add(lock)
        try:
            for draft in _drafts(path) if was_left else ():
                _remove(draft)
            yield
        finally:
            _held.remove(lock)
            lock.unlink(missing_ok=True)


def _lock_file(lock: Path, path: Path) -> TextIO:
    """The opened file `lock`, with the number of this process in it, locked."""
    while True:
        file = lock.open("a+", encoding="ascii")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            message = f"another run (PID {file.read() or 'unknown'}) is writing {path}"
            file.close()
            raise VadError(f"{message}, wait for its end or stop it") from None
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
        # The run that had the lock before may have removed the file since it was opened.
        if _is_at(lock, file):
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            return file
        file.close()


def _is_at(path: Path, file: TextIO) -> bool:
    """Whether `path` still is the opened `file`."""
    with suppress(FileNotFoundError):
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    return False


def _draft(path: Path) -> Path:
    """A new name beside `path`, of this run alone."""
    return path.with_name(f".{_short(path.name)}.{uuid4().hex}.draft")


def _drafts(path: Path) -> list[Path]:
    """What runs left beside `path` under names that `_draft` gave them."""
    name = re.compile(rf"\.{re.escape(_short(path.name))}\.[0-9a-f]{{32}}\.draft")
    return [other for other in path.absolute().parent.iterdir() if name.fullmatch(other.name)]


def _short(name: str) -> str:
    """`name`, or a hash of it where a draft's would be longer than file systems allow."""
    return name if len(os.fsencode(name)) <= LONGEST_NAME else sha256(os.fsencode(name)).hexdigest()


def _publish(moves: list[Move]) -> None:
    """Move each draft to its path; where one cannot be moved, all paths stay as they were."""
    formers = []
    with ExitStack() as undo:
        for draft, path in moves:
            former = _draft(path)
            formers.append(former)
            if draft.is_dir() and (path.exists() or path.is_symlink()):
                path.rename(former)
                undo.callback(former.rename, path)
            elif len(moves) > 1 and path.is_file():
                shutil.copy2(path, former)
                undo.callback(former.replace, path)
            draft.replace(path)
            undo.callback(path.replace, draft)
        undo.pop_all()
    for former in formers:
        _remove(former)


@contextmanager
def scratch(path: Path) -> Iterator[Path]:
    """A new folder beside `path`, removed at the end.

    What a killed run left is removed by the next one that writes `path`.
    """
    with locked(path):
        folder = _draft(path)
        folder.mkdir()
        try:
            yield folder
        finally:
            _remove(folder)


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` at once; OSError names `path`, which that of a full disk does not."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def write_metrics(path: Path, metrics: Mapping[str, Any]) -> None:
    """Write nested mappings and lists of numbers as JSON, rounded to METRIC_DIGITS places.

    DVC shows the numbers of mappings as metrics, and leaves lists out.
    """
    with replacing(path) as (draft,):
        draft.write_text(json.dumps(_rounded(metrics), indent=2) + "\n", encoding="utf-8")


def write_plot(path: Path, points: "pd.DataFrame") -> None:
    """Write the points of a DVC plot as CSV, rounded to METRIC_DIGITS places."""
    with replacing(path) as (draft,):
        points.round(METRIC_DIGITS).to_csv(draft, index=False)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with line feeds on every system."""
    with replacing(path) as (draft,):
        draft.write_text(text, encoding="utf-8", newline="\n")


def _rounded(value: Any) -> Any:  # noqa: ANN401 (mapping, list, number, text)
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"a metric must be finite, got {value}")
        return round(value, METRIC_DIGITS)
    return value


def _remove(path: Path) -> None:
    """Remove a draft; what cannot be removed now, the next run removes."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
