import numpy as np

from vad.corpora.readers.textgrid import read_tiers
from vad.label_files.tracks import audacity_track, rttm_turns, textgrid, uem_regions

INTERVALS = np.array([[0.25, 1.0], [2.0, 2.0000001]])


def test_lines_are_those_of_the_formats_and_nothing_is_of_no_length():
    assert audacity_track(INTERVALS, "speech") == "0.250000\t1.000000\tspeech\n"
    turn = "SPEAKER a 1 0.250000 0.750000 <NA> <NA> b <NA> <NA>\n"
    assert rttm_turns("a", INTERVALS, "b") == turn
    assert uem_regions("a", INTERVALS) == "a 1 0.250000 1.000000\n"


def test_channels_count_from_one():
    assert rttm_turns("a", INTERVALS, "b", 1).startswith("SPEAKER a 2 0.25")
    assert uem_regions("a", INTERVALS, 1) == "a 2 0.250000 1.000000\n"


def test_a_textgrid_has_an_interval_for_each_entry_and_each_gap():
    text = textgrid({"words": [(0.5, 1.0, "speech"), (1.0, 1.25, "other")]}, 2.0)
    ((name, tier),) = read_tiers(text).items()
    assert name == "words"
    assert [tuple(segment[:3]) for segment in tier.segments] == [
        (0.0, 0.5, ""),
        (0.5, 1.0, "speech"),
        (1.0, 1.25, "other"),
        (1.25, 2.0, ""),
    ]


def test_a_label_that_ends_with_the_audio_is_the_last_interval_of_a_textgrid():
    for sample_count in range(16000, 16200):
        duration_s = sample_count / 16000 + 1e-9
        text = textgrid({"words": [(0.5, round(duration_s, 6), "speech")]}, duration_s)
        assert "intervals: size = 2\n" in text
