import pandas as pd
import pytest

from vad.errors import VadError
from vad.faults import Faults


@pytest.fixture
def faults():
    faults = Faults()
    for file in ("b.wav", "a.wav"):
        with faults.gathered(file):
            raise VadError(f"what is wrong with {file}")
    return faults


def test_the_others_go_on_where_one_is_gathered(faults):
    with faults.gathered("c.wav"):
        reached = True
    assert reached
    assert len(faults.entries) == 2


def test_other_errors_are_not_swallowed(faults):
    with pytest.raises(ZeroDivisionError), faults.gathered("c.wav"):
        _ = 1 / 0


def test_fail_tells_of_all_in_one_sorted_message(faults, tmp_path):
    with pytest.raises(VadError) as error:
        faults.raise_or_write("fail", tmp_path / "rejected.csv")
    assert str(error.value).splitlines() == [
        "a.wav: what is wrong with a.wav",
        "b.wav: what is wrong with b.wav",
    ]


def test_skip_writes_them_down(faults, tmp_path):
    faults.raise_or_write("skip", tmp_path / "rejected.csv")
    table = pd.read_csv(tmp_path / "rejected.csv")
    assert table.to_dict("list") == {
        "file": ["a.wav", "b.wav"],
        "reason": ["what is wrong with a.wav", "what is wrong with b.wav"],
    }


def test_without_faults_the_table_is_empty(tmp_path):
    Faults().raise_or_write("fail", tmp_path / "rejected.csv")
    assert pd.read_csv(tmp_path / "rejected.csv").empty
