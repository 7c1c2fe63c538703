"""What a process and those that it starts have used, and the line through two sizes."""

import subprocess
import sys

import pytest

from bench.scale import STAGES, Cost, computed, measured, rows

SCRIPT = """
import subprocess, sys, time
inner = "a = b'x' * 10**8; open('big', 'wb').write(a); import time; time.sleep(1)"
subprocess.run([sys.executable, "-c", inner], check=True)
began = time.process_time()
while time.process_time() - began < 0.5:
    pass
"""


def test_a_command_costs_what_its_processes_cost(tmp_path):
    (tmp_path / "before").write_bytes(bytes(10**6))
    cost = measured([sys.executable, "-c", SCRIPT], tmp_path)
    assert 0.5 < cost.cpu_s < 5
    assert cost.wall_s > 1.4
    assert cost.memory_mb
    assert 100 < cost.memory_mb < 200
    assert cost.disk_mb == 100


def test_a_command_that_fails_stops_the_benchmark(tmp_path):
    with pytest.raises(subprocess.CalledProcessError):
        measured([sys.executable, "-c", "raise SystemExit(3)"], tmp_path)


def test_computed_costs_are_on_the_line_and_never_below_the_larger_one():
    one, ten = Cost(10, 5, 300, 40), Cost(55, 14, 290, 400)
    assert computed(1, one, 10, ten, 100) == Cost(505, 104, None, 4000)
    by_hours = {hours: dict.fromkeys(STAGES, cost) for hours, cost in ((1.0, one), (10.0, ten))}
    lines = list(rows(by_hours))
    assert lines[0] == "| prepare | 1 | 10 s | 5 s | 300 MB | 40 MB |"
    assert lines[2] == "| prepare | 1,000 (computed) | 5,005 s | 1,004 s | - | 40,000 MB |"
    assert len(lines) == len(STAGES) * 4


def test_one_size_alone_computes_nothing():
    assert len(list(rows({1.0: dict.fromkeys(STAGES, Cost(1, 1, 1, 1))}))) == len(STAGES)
