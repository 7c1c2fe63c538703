"""The committed dvc.lock in place of one that DVC cannot read: python -m review.restore.

DVC writes the file in place, so a run that is killed at that moment leaves the first part of it,
and no command of DVC works any more. The results of that run are in DVC's run cache.
"""

import subprocess
from contextlib import chdir
from pathlib import Path

from dvc.dvcfile import Lockfile
from dvc.exceptions import DvcException
from dvc.repo import Repo

from vad.artifacts import write_bytes

LOCK = "dvc.lock"
# Git's, for a merge that somebody has to finish.
CONFLICT = b"<<<<<<<"


def restore(folder: Path) -> str:
    """Put the file of the last commit in place of one that was cut off; what was done, or nothing.

    Without a commit of it the file is removed.
    """
    path = folder / LOCK
    if is_readable(folder) or CONFLICT in path.read_bytes():
        return ""
    command = ("git", "show", f"HEAD:./{LOCK}")
    committed = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    if committed.returncode:
        path.unlink()
        return f"{LOCK} was cut off by a run that was killed: removed"
    write_bytes(path, committed.stdout)
    return f"{LOCK} was cut off by a run that was killed: the one of the last commit is back"


def is_readable(folder: Path) -> bool:
    """Whether DVC can read the file, or there is none."""
    with chdir(folder), Repo() as repo:
        try:
            Lockfile(repo, LOCK).load()
        except DvcException:
            return False
    return True


if __name__ == "__main__":
    if done := restore(Path()):
        print(done)
