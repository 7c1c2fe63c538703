"""Cards as people damage them, and cards that are meant to do harm."""

import re

import pytest

from tests.fuzz import BOMB, MERGES, ODD_VALUES, assert_shown, damaged_yaml
from vad.corpora import load_card
from vad.errors import VadError

CARD = """\
name: calls
reader: rttm
licence: CC0
citation: made here
audio: "*.wav"
labels: "*.rttm"
speaker: "^(.*)_"
label_resolution_ms: 10
split: {train: "train*", val: ["val*"], test: "test*"}
"""


@pytest.fixture
def path(tmp_path):
    (tmp_path / "calls").mkdir()
    return tmp_path / "calls" / "corpus.yaml"


@pytest.mark.parametrize("count", [200, pytest.param(2000, marks=pytest.mark.slow)])
def test_a_damaged_card_is_read_or_is_a_fault(path, count):
    faults = 0
    for content in damaged_yaml(CARD, count, count):
        path.write_bytes(content)
        try:
            load_card(path)
        except VadError as error:
            faults += 1
            assert_shown(str(error))
    assert faults > count / 4


def test_a_date_is_the_text_that_was_typed(path):
    path.write_text(CARD.replace("CC0", "2026-02-31"))
    assert load_card(path).licence == "2026-02-31"


@pytest.mark.parametrize("pattern", ["(a{99999999999})", "(", "((a))", "a", "(" * 3000])
def test_a_speaker_pattern_that_is_none_is_named(path, pattern):
    path.write_text(CARD.replace("^(.*)_", pattern))
    with pytest.raises(VadError, match=r"'speaker' is .*, expected") as error:
        load_card(path)
    assert_shown(str(error.value))


@pytest.mark.parametrize("text", [BOMB, MERGES])
def test_aliases_that_stand_for_more_than_memory_holds_are_a_fault(path, text):
    path.write_text(text + CARD.replace("CC0", "*i"))
    with pytest.raises(VadError, match="more than 100000 values, expected fewer aliases"):
        load_card(path)


def test_odd_values_are_read_or_named(path):
    for odd in ODD_VALUES:
        path.write_text(re.sub("CC0", lambda _, odd=odd: odd, CARD))
        try:
            load_card(path)
        except VadError as error:
            assert_shown(str(error))
