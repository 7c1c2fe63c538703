"""DVC's own files after a run that was killed: python -m review.restore.

DVC writes dvc.lock and its list of files in use in place. A run that is killed at that moment
leaves the first part of one, and no command of DVC works any more. The results of that run are in
DVC's run cache.
"""

import subprocess
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

from dvc.dvcfile import Lockfile
from dvc.exceptions import DvcException
from dvc.lock import LockError
from dvc.repo import Repo
from dvc.rwlock import (
    RWLOCK_FILE,
    RWLockFileCorruptedError,
    RWLockFileFormatError,
    rwlock,
)

from vad.artifacts import write_bytes

LOCK = Path("dvc.lock")
# Git's, for a merge that somebody has to finish.
CONFLICT = b"<<<<<<<"


def restore(folder: Path) -> list[str]:
    """Put back or remove what was cut off; a line for each file.

    While another command of DVC runs, its files are left alone.
    """
    with chdir(folder), Repo() as repo:
        try:
            with repo.lock:
                return [*committed_lock(repo), *no_list_of_use(repo)]
        except LockError:
            return []


def committed_lock(repo: Repo) -> Iterator[str]:
    """The dvc.lock of the last commit, or none, in place of one that DVC cannot read."""
    try:
        Lockfile(repo, str(LOCK)).load()
    except DvcException:
        if CONFLICT in LOCK.read_bytes():
            return
        command = ("git", "show", f"HEAD:./{LOCK}")
        committed = subprocess.run(command, capture_output=True, check=False)
        if committed.returncode:
            LOCK.unlink()
            yield f"{LOCK} was cut off by a run that was killed: removed"
        else:
            write_bytes(LOCK, committed.stdout)
            yield f"{LOCK} was cut off by a run that was killed: the committed one is back"


def no_list_of_use(repo: Repo) -> Iterator[str]:
    """No list of the files in use, where DVC cannot read it; nothing is in use then."""
    folder, hardlink = str(repo.tmp_dir), repo.config["core"]["hardlink_lock"]
    try:
        with rwlock(folder, repo.fs, __name__, read=[], write=[], hardlink=hardlink):
            pass
    except (RWLockFileCorruptedError, RWLockFileFormatError):
        path = Path(folder) / RWLOCK_FILE
        path.unlink()
        yield f"{path} was cut off by a run that was killed: removed"


if __name__ == "__main__":
    for line in restore(Path()):
        print(line)
