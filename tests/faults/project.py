"""A small project that is disturbed: its commands, its outputs, its processes."""

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.clone import Clone
from vad.schema import load_yaml

LIMIT_S = 900


class Project:
    """A clone that ran once undisturbed; `digests` and `lock` are what that run left."""

    def __init__(self, clone: Clone) -> None:
        self.folder = clone.folder
        self.stages = load_yaml(self.folder / "dvc.yaml")["stages"]
        self.clean()
        begin = time.monotonic()
        process = self.start()
        text = process.communicate(timeout=LIMIT_S)[0]
        if process.returncode:
            raise SystemExit(f"the undisturbed run failed: {text[-500:]}")
        self.duration_s = time.monotonic() - begin
        self.digests, self.lock = self.hashes(), (self.folder / "dvc.lock").read_text()

    def outputs(self) -> list[Path]:
        """Every file of every output, hidden ones beside them too."""
        files = []
        for folder in ("data/prepared", "models", "metrics"):
            files += [path for path in (self.folder / folder).rglob("*") if path.is_file()]
        files += [path for path in (self.folder / "data").glob(".*") if path.name != ".gitignore"]
        return sorted(path for path in files if path.name != ".gitignore")

    def hashes(self) -> dict[str, str]:
        """MD5 of each output by its path."""
        return {
            str(path.relative_to(self.folder)): hashlib.md5(path.read_bytes()).hexdigest()  # noqa: S324
            for path in self.outputs()
        }

    def clean(self) -> None:
        """Remove all outputs and what DVC remembers."""
        for path in self.outputs():
            path.unlink()
        for name in ("data/prepared", ".dvc/cache", ".dvc/tmp"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        for folder in ("data", "models"):
            for left in (self.folder / folder).glob(".*"):
                if left.is_dir():
                    shutil.rmtree(left)
        (self.folder / "dvc.lock").unlink(missing_ok=True)

    def start(self) -> subprocess.Popen:
        """What `make repro` runs, in a process group of its own."""
        return self._started(["sh", "-c", "python -m review.restore && exec python -m dvc repro"])

    def start_stage(self, stage: str, elsewhere: dict[str, str] | None = None) -> subprocess.Popen:
        """The command of one stage; outputs in a folder of `elsewhere` go to another one."""
        words = shlex.split(self.stages[stage]["cmd"])[1:]
        outputs = self.outputs_of(stage)
        for number, word in enumerate(words):
            if any(path == word or path.startswith(f"{word}/") for path in outputs):
                for old, new in (elsewhere or {}).items():
                    if word == old or word.startswith(f"{old}/"):
                        words[number] = f"{new}{word.removeprefix(old)}"
        return self._started([sys.executable, *words])

    def outputs_of(self, stage: str) -> set[str]:
        """The paths of a stage's outputs in dvc.yaml."""
        entries = [
            e for kind in ("outs", "metrics", "plots") for e in self.stages[stage].get(kind, [])
        ]
        return {entry if isinstance(entry, str) else next(iter(entry)) for entry in entries}

    def stage_process(self) -> int | None:
        """The process of the stage that runs, None between two stages."""
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_text().split("\0")
                is_here = (entry / "cwd").readlink() == self.folder
            except OSError:
                continue
            if is_here and words[1:2] == ["-m"] and words[2].startswith("stages."):
                return int(entry.name)
        return None

    def repeat(self) -> str:
        """Run it to its end; the difference to the undisturbed run, empty for none."""
        process = self.start()
        text = process.communicate(timeout=LIMIT_S)[0]
        return (
            f"status {process.returncode}: {text[-300:]}"
            if process.returncode
            else self.difference()
        )

    def difference(self) -> str:
        """What is not as the undisturbed run left it, or a process that is left; empty for none."""
        hashes = self.hashes()
        names = sorted(hashes.keys() | self.digests.keys())
        other = [name for name in names if hashes.get(name) != self.digests.get(name)]
        if (self.folder / "dvc.lock").read_text() != self.lock:
            other.append("dvc.lock")
        return ", ".join(other)

    def _started(self, command: list[str]) -> subprocess.Popen:
        environment = os.environ | {
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
            "DVC_NO_ANALYTICS": "1",
        }
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
