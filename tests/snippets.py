"""The snippets of a model card, run as a reader runs them: in a folder with the exported files."""

import re
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.spoken import sentences
from vad.intervals import symmetric_difference, total

# Rate and channels of recordings that need resampling or averaging.
OTHER_RECORDINGS = pytest.mark.parametrize(
    ("rate", "channels"), [(44100, 2), (48000, 1), (16000, 2), (8000, 1)]
)
# Of 4.6 s of speech, between segments of one recording at two rates: some windows of 32 ms at edges
# and in a gap that lasts about as long as the shortest silence.
APART_TOLERANCE_S = 0.3


def spoken(rate: int, channels: int) -> np.ndarray:
    """The sentences at `rate` (Hz), float32 [samples, channels]; two channels differ in level."""
    return np.outer(sentences(rate), [1.25, 0.75] if channels == 2 else [1]).astype(np.float32)


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


def apart_s(segments: list[tuple[float, float]], expected: list[tuple[float, float]]) -> float:
    """For how many seconds one of two lists of segments (s) has speech and the other one not."""
    first, second = (np.array(each, float).reshape(-1, 2) for each in (segments, expected))
    return float(total(symmetric_difference(first, second)))
