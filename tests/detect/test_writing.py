from pathlib import Path

import numpy as np
import pytest

from detect.detection import Detection
from detect.models import PUBLISHED, USUAL, Choice
from detect.writing import table, write_labels


@pytest.fixture
def detection() -> Detection:
    choice = Choice(PUBLISHED, 16000, USUAL)
    return Detection(Path("raw/day/a.wav"), 1, choice, 8.0, np.array([[0.5, 2.5], [4, 6]]))


def test_the_table_names_model_and_share(detection):
    head, columns, first, _, total = table(detection)
    assert head.startswith("raw/day/a.wav.channel1: published, 16 kHz branch, threshold 0.5")
    assert columns.split() == ["start", "(s)", "end", "(s)", "length", "(s)"]
    assert first.split() == ["0.500", "2.500", "2.000"]
    assert total == "2 segments, 4.0 of 8.0 s are speech (50 %)"


def test_label_files_keep_the_folders_and_never_replace_others(detection, tmp_path):
    arguments = ([detection], "audacity", Path("raw"), tmp_path)
    path = tmp_path / "day" / "a.channel1.txt"
    assert write_labels(*arguments, overwrite=False) == ([path], [])
    path.write_text("corrected", encoding="utf-8")
    assert write_labels(*arguments, overwrite=False) == ([], [path])
    assert path.read_text(encoding="utf-8") == "corrected"
    assert write_labels(*arguments, overwrite=True) == ([path], [])
    assert path.read_text(encoding="utf-8").startswith("0.500000\t2.500000\tspeech\n")
