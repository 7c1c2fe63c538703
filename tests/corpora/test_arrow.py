"""Tables that are damaged: each is one fault, whatever reading it does to a process."""

import random
from pathlib import Path

import pyarrow
import pytest
from pyarrow import feather, parquet

from vad.corpora import arrow
from vad.corpora.arrow import sound_tables
from vad.faults import Faults

WRITERS = {"Feather": feather.write_feather, "Parquet": parquet.write_table}
SPEECH = [[{"start": 0.5, "end": 1.0}] * count for count in (3, 0, 40)]


def write(path: Path, kind: str) -> Path:
    WRITERS[kind](pyarrow.table({"audio_path": ["a.wav"] * 3, "speech_ts": SPEECH}), path)
    return path


def flipped(data: bytes, draw: random.Random) -> bytes:
    """`data` with a few bits changed, most of them where the sizes of columns are."""
    changed = bytearray(data)
    for _ in range(draw.choice([1, 2, 8])):
        changed[-1 - draw.randrange(min(600, len(data)))] ^= 1 << draw.randrange(8)
    return bytes(changed)


@pytest.mark.parametrize("kind", WRITERS)
def test_every_damaged_table_is_one_fault_and_sound_ones_are_read(tmp_path, kind) -> None:
    draw, good = random.Random(1), write(tmp_path / "good", kind)
    paths = [tmp_path / f"damaged{number}" for number in range(300)]
    for path in paths:
        path.write_bytes(flipped(good.read_bytes(), draw))
    faults = Faults()
    sound = sound_tables(kind, [*paths, good], faults)
    assert sound[-1] == good
    names = [fault.file for fault in faults.entries]
    assert sorted(names + [str(path) for path in sound]) == sorted(map(str, [*paths, good]))
    reason = f"cannot be read as a {kind} table ("
    assert all(fault.reason.startswith(reason) for fault in faults.entries)


@pytest.mark.parametrize(
    ("statement", "status"),
    [("os.abort()", -6), ("bytearray(2**46)", 1), ("while True: pass", -24)],
)
def test_a_table_that_ends_the_process_is_its_own_fault(
    tmp_path, monkeypatch, statement, status
) -> None:
    paths = [write(tmp_path / name, "Feather") for name in ("a", "b", "c")]
    script = tmp_path / "script.py"
    script.write_text(
        "import json, os, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (1, 2))\n"
        "for path in json.load(sys.stdin):\n"
        "    if path.endswith('b'):\n"
        f"        {statement}\n"
        "    print(json.dumps(''), flush=True)\n"
    )
    monkeypatch.setattr(arrow, "SCRIPT", script)
    faults = Faults()
    assert sound_tables("Feather", paths, faults) == [paths[0], paths[2]]
    (fault,) = faults.entries
    assert fault.file == str(paths[1])
    assert f"(damaged: reading it ended a process with status {status}" in fault.reason
