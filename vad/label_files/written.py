"""Files that the command label wrote into a folder, and whether somebody has changed them since."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vad.artifacts import write_text
from vad.errors import VadError

# Commit it with the labels: without it every label file counts as somebody's own.
LEDGER = ".label.json"


@dataclass
class Written:
    """The SHA-256 of each file that was written into `folder`, by its path in it.

    Two of them, with a space between, are of a file that may or may not have been written again.
    """

    folder: Path
    hashes: dict[str, str]

    @classmethod
    def of(cls, folder: Path) -> "Written":
        """What the ledger in `folder` lists; VadError where it cannot be read."""
        path = folder / LEDGER
        if not path.exists():
            return cls(folder, {})
        try:
            hashes = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise VadError(f"{path}: cannot be read ({error})") from error
        if not isinstance(hashes, dict) or not all(isinstance(v, str) for v in hashes.values()):
            raise VadError(f"{path}: expected a hash for each file")
        return cls(folder, hashes)

    def is_own(self, name: str) -> bool:
        """Whether `name` may be written: it is not there, or as it was written."""
        return not (self.folder / name).exists() or self.is_untouched(name)

    def is_untouched(self, name: str) -> bool:
        """Whether `name` is there as it was written."""
        path = self.folder / name
        return path.exists() and _digest(path.read_bytes()) in self.hashes.get(name, "").split()

    def expect(self, texts: Mapping[str, str]) -> None:
        """Note the hash of what will be written beside that of what is there.

        A run that ends while it writes leaves no file that counts as somebody's own.
        """
        for name, text in texts.items():
            path = self.folder / name
            if self.is_own(name):
                there = [_digest(path.read_bytes())] if path.exists() else []
                self.hashes[name] = " ".join([*there, _digest(text.encode())])
        self.save()

    def write(self, name: str, text: str) -> bool:
        """Write a file unless a person has touched it; whether it was written."""
        if not self.is_own(name):
            return False
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_text(self.folder / name, text)
        self.hashes[name] = _digest(text.encode())
        return True

    def save(self) -> None:
        """Write the ledger."""
        text = json.dumps(dict(sorted(self.hashes.items())), indent=1, ensure_ascii=False)
        write_text(self.folder / LEDGER, text + "\n")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
