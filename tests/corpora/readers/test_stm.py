"""STM as NIST's scoring tools read it."""

import pytest

from vad.corpora import read_corpus
from vad.errors import VadError

CARD = "reader: stm\naudio: '*.wav'\nlabels: '*.stm'\nsplit: {train: '*'}\n"
STM = """;; CATEGORY "0" "" ""
a 1 inter_segment_gap 0.0 0.5 <o,,>
a 1 ann 0.5 1.0 <o,f0,female> yes it is
a 1 bob 1.25 1.5 no
"""


def test_segments_and_gaps(make_corpus) -> None:
    (recording,) = read_corpus(make_corpus(CARD, {"a.wav": 2, "x.stm": STM}))
    assert recording.speech.tolist() == [[0.5, 1], [1.25, 1.5]]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a 1 ann 0.5\n", "line 5: 'a 1 ann 0.5', expected 'waveform channel speaker start end"),
        ("a 1 ann soon 1 x\n", "line 5: 'soon', expected seconds"),
        ("b 1 ann 0.5 1 x\n", "line 5: no audio file of 'b'"),
    ],
)
def test_faults(make_corpus, line: str, expected: str) -> None:
    with pytest.raises(VadError, match=expected):
        read_corpus(make_corpus(CARD, {"a.wav": 2, "x.stm": STM + line}))
