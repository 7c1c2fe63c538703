"""Small corpora as users have them, each in a run of stage prepare, where the folder is there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
CASES = Path(os.environ.get("VAD_CASES", REPOSITORY.parent / "shared" / "cases"))
NAMES = sorted(path.parent.name for path in CASES.glob("*/expected.json"))


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--skip"]], ids=["fail", "skip"])
def test_cases_come_out_as_expected(options: list[str]) -> None:
    if not NAMES:
        pytest.skip(f"no cases at {CASES} (set VAD_CASES)")
    command = [sys.executable, CASES / "run_cases.py", *options]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
    assert not failed
    assert done.returncode == 0, done.stdout + done.stderr
