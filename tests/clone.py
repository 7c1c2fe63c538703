"""A clone of this repository in which tests run DVC as a user does."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
STAGES = ["prepare", "finetune", "export_onnx", "evaluate"]
# make with the environment of these tests in place of .venv, and without setting it up again.
MAKE = ("make", "--silent", f"--old-file={sys.prefix}/installed", f"VENV={sys.prefix}")
# dvc commit would need the data.
LOCK = """
from dvc.repo import Repo
repo = Repo()
with repo.lock:
    for stage in repo.index.stages:
        stage.save_deps(allow_missing=True)
        stage.save_outs(allow_missing=True)
        stage.dump(update_pipeline=False)
"""


class Clone:
    """A folder with a Git history in which commands run as a user runs them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of_working_tree(cls, folder: Path) -> "Clone":
        """The files of this repository as they are, with a history of their own, a smaller demo
        corpus and a shorter training.
        """
        listed = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
        for name in subprocess.check_output(listed, cwd=REPOSITORY, text=True).splitlines():
            if (REPOSITORY / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(REPOSITORY / name, folder / name)
        clone = cls(folder)
        clone.replace("data/raw/demo/corpus.yaml", r"^recordings: .*", "recordings: 12")
        clone.replace("data/raw/demo/corpus.yaml", r"^seconds: .*", "seconds: 10")
        for key, value in (("epochs", 2), ("rehearsal_minutes", 1), ("augmented_copies", 2)):
            clone.replace("params.yaml", rf"^  {key}: .*", f"  {key}: {value}")
        clone.run("git", "init", "--quiet", "--initial-branch=main")
        clone.name_the_author()
        clone.commit()
        return clone

    def cloned(self, folder: Path) -> "Clone":
        """What `git clone` makes of it: no cache, no outputs."""
        self.run("git", "clone", "--quiet", ".", str(folder))
        other = Clone(folder)
        other.name_the_author()
        return other

    def name_the_author(self) -> None:
        self.run("git", "config", "user.name", "tester")
        self.run("git", "config", "user.email", "tester@example.invalid")

    def replace(self, name: str, pattern: str, text: str) -> None:
        old = (self.folder / name).read_text(encoding="utf-8")
        new, count = re.subn(pattern, text, old, flags=re.MULTILINE)
        assert count == 1, (name, pattern)
        (self.folder / name).write_text(new, encoding="utf-8")

    def commit(self) -> None:
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", "As it stands")

    def run(self, *command: str, status: int = 0) -> str:
        """Run a command in the clone; what it printed."""
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        environment = os.environ | {"PATH": path, "DVC_NO_ANALYTICS": "1"}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def lock_as_it_is(self) -> None:
        """Write dvc.lock as if the present files had just been run; missing files are left out."""
        self.run(sys.executable, "-c", LOCK)

    def metrics(self, stage: str) -> dict:
        return json.loads((self.folder / "metrics" / f"{stage}.json").read_text())

    def lock(self) -> str:
        return (self.folder / "dvc.lock").read_text()


def stages_run(output: str) -> list[str]:
    return re.findall(r"Running stage '(\w+)'", output)
