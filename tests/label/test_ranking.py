import numpy as np
import pytest

from label.ranking import Rank, as_lines, as_table, rank_of, ranked
from vad.teacher.opinions import Opinion


def test_uncertain_time_and_disagreement_are_seconds():
    scores = np.zeros(250, np.float32)
    opinion = Opinion(scores, scores, np.full(250, 0.1, np.float32), 8.0, 16000)
    rank = rank_of("a.wav", opinion, np.array([[1, 1.6], [2, 3.0]]))
    assert rank.uncertain_s == pytest.approx(1.6)
    assert rank.disagreement_s == pytest.approx(250 * 0.1 * 0.032)
    assert rank.teaches_s == pytest.approx(1.6 + 0.8)


def test_those_that_teach_most_come_first():
    ranks = [Rank("b", 60, 1, 0), Rank("a", 60, 0.5, 0.5), Rank("c", 60, 2, 0)]
    assert [rank.recording for rank in ranked(ranks)] == ["c", "a", "b"]
    table = as_table(ranked(ranks)).splitlines()
    assert table[0] == "recording\tlength_s\tuncertain_s\tdisagreement_s\tteaches_s"
    assert table[1] == "c\t60.00\t2.00\t0.00\t2.00"
    assert len(as_lines(ranks, 2)) == 3
