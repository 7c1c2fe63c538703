import numpy as np

from vad.label_tracks import audacity_track, rttm_turns, uem_regions

INTERVALS = np.array([[0.25, 1.0], [2.0, 2.0000001]])


def test_lines_are_those_of_the_formats_and_nothing_is_of_no_length():
    assert audacity_track(INTERVALS, "speech") == "0.250000\t1.000000\tspeech\n"
    turn = "SPEAKER a 1 0.250000 0.750000 <NA> <NA> b <NA> <NA>\n"
    assert rttm_turns("a", INTERVALS, "b") == turn
    assert uem_regions("a", INTERVALS) == "a 1 0.250000 1.000000\n"
