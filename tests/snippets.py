"""The snippets of a model card, run as a reader runs them: in a folder with the exported files."""

import re
import runpy
from pathlib import Path
from typing import Any

import pytest


def snippet(card: str, package: str) -> str:
    """The block of Python in `card` that imports `package`."""
    blocks = re.findall(r"^```python\n(.*?)^```$", card, re.MULTILINE | re.DOTALL)
    found = [block for block in blocks if re.search(rf"^(from|import) {package}\b", block, re.M)]
    assert len(found) == 1, package
    return found[0]


def run_snippet(code: str, folder: Path) -> dict[str, Any]:
    """What the code's names hold after it ran in `folder`."""
    path = folder / "snippet.py"
    path.write_text(code, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return runpy.run_path(str(path))
