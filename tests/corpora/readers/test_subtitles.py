"""Subtitles as players and editors write them."""

import pytest

from vad.corpora import read_corpus
from vad.errors import VadError

CARD = "reader: subtitles\naudio: '*.wav'\nlabels: ['*.srt', '*.vtt']\nsplit: {train: '*'}\n"
SRT = """1
00:00:00,500 --> 00:00:01,000
<i>Yes,</i>
it is.

2
0:00:01.25 --> 0:00:01.50 X1:40 X2:600
[music]
"""
VTT = """WEBVTT - a title

NOTE two --> arrows in a comment

00:00.250 --> 00:00.750 align:start
<v Ann>Hello

intro
00:00:01.000 --> 00:00:01.500
there
"""


def test_srt_and_vtt(make_corpus) -> None:
    files = {"a.wav": 2, "a.srt": SRT, "b.wav": 2, "b.vtt": VTT}
    one, two = read_corpus(make_corpus(CARD, files))
    assert one.speech.tolist() == [[0.5, 1]]
    assert two.speech.tolist() == [[0.25, 0.75], [1, 1.5]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1\n00:00:01,000 -> 00:00:02,000\nx\n", "no cue in it, expected 'hh:mm:ss,ms"),
        ("1\n00:01 -> 1 --> 00:00:02\nx\n", "'00:01 -> 1 --> 00:00:02', expected 'hh:mm"),
        ("WEBVTT\n", "no labels for it, expected speech"),
        (SRT.replace("[music]", "[applause]"), "'.applause.' .0.2 s. may mean no speech"),
    ],
)
def test_faults(make_corpus, text: str, expected: str) -> None:
    card = CARD.replace("['*.srt', '*.vtt']", "'*.srt'")
    with pytest.raises(VadError, match=expected):
        read_corpus(make_corpus(card, {"a.wav": 2, "a.srt": text}))
