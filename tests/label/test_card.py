from pathlib import Path

import pytest
from ruamel.yaml import YAML

from label.card import card_text, card_values, differences
from vad.errors import VadError
from vad.label_files.formats import FORMATS

AUDIO = [Path("field/a.MP3"), Path("field/day/b.wav")]


@pytest.mark.parametrize("label_format", FORMATS)
def test_the_card_is_one_of_its_reader(tmp_path, label_format):
    values = card_values(tmp_path / "field", label_format, AUDIO)
    assert values["reader"] == FORMATS[label_format].reader
    assert YAML(typ="safe", pure=True).load(card_text(values)) == values
    if FORMATS[label_format].names_audio:
        assert values["audio"] == ["**/*.mp3", "**/*.wav"]


def test_a_folder_whose_name_is_none_of_a_corpus(tmp_path):
    with pytest.raises(VadError, match="rename the folder, such as mv My Calls my-calls"):
        card_values(tmp_path / "My Calls", "audacity", AUDIO)


def test_a_card_that_is_there_is_compared(tmp_path):
    folder = tmp_path / "field"
    folder.mkdir()
    values = card_values(folder, "audacity", AUDIO)
    (folder / "corpus.yaml").write_text(card_text(values), encoding="utf-8")
    assert differences(folder, values) == []
    (folder / "corpus.yaml").write_text("name: field\nreader: audacity\n", encoding="utf-8")
    (line,) = differences(folder, values)
    assert line.endswith("corpus.yaml: 'ignored' is None, the labels need 'ignored: uncertain'")
