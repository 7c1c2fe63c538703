"""ELAN files with tiers of several speakers."""

import itertools

import pytest

from vad.corpora import read_corpus
from vad.errors import VadError

CARD = "reader: elan\naudio: '*.wav'\nlabels: '*.eaf'\ntier: '*-words'\nsplit: {train: '*'}\n"
EAF = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT>
  <TIME_ORDER>
    <TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="250"/><TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="500"/>
    <TIME_SLOT TIME_SLOT_ID="ts3" TIME_VALUE="750"/><TIME_SLOT TIME_SLOT_ID="ts4"/>
  </TIME_ORDER>
  <TIER TIER_ID="A-words"><ANNOTATION>
    <ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2">
      <ANNOTATION_VALUE>yes</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>
  <TIER TIER_ID="A-gloss" PARENT_REF="A-words"><ANNOTATION>
    <REF_ANNOTATION ANNOTATION_ID="a2" ANNOTATION_REF="a1">
      <ANNOTATION_VALUE>noise</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION></TIER>
  <TIER TIER_ID="B-words"><ANNOTATION>
    <ALIGNABLE_ANNOTATION ANNOTATION_ID="a3" TIME_SLOT_REF1="ts2" TIME_SLOT_REF2="ts3">
      <ANNOTATION_VALUE>no</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>
</ANNOTATION_DOCUMENT>
"""


def test_tiers_by_pattern(make_corpus) -> None:
    (recording,) = read_corpus(make_corpus(CARD, {"a.wav": 2, "a.eaf": EAF}))
    assert recording.speech.tolist() == [[0.25, 0.75]]
    card = CARD.replace("'*-words'", "B-words")
    (recording,) = read_corpus(make_corpus(card, {"a.wav": 2, "a.eaf": EAF}))
    assert recording.speech.tolist() == [[0.5, 0.75]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (EAF[:-60], "cannot be read as an ELAN file"),
        ("<a/>", "its root is <a>"),
        (
            EAF.replace('TIME_SLOT_REF2="ts3"', 'TIME_SLOT_REF2="ts4"'),
            "'a3' has no times",
        ),
        (EAF.replace('VALUE="750"', 'VALUE="100"'), "ends at 0.1 s before it starts at 0.5 s"),
        (EAF.replace("-words", "-x"), "expected one of 'A-x', 'A-gloss', 'B-x'; a pattern such"),
    ],
)
def test_faults(make_corpus, text: str, expected: str) -> None:
    with pytest.raises(VadError, match=expected):
        read_corpus(make_corpus(CARD, {"a.wav": 2, "a.eaf": text}))


def test_entities_are_not_expanded_without_end(make_corpus) -> None:
    names = [f"e{number}" for number in range(30)]
    declared = '<!ENTITY e0 "xxxxxxxxxx">' + "".join(
        f'<!ENTITY {name} "{"&" + former + ";" + "&" + former + ";"}">'
        for former, name in itertools.pairwise(names)
    )
    text = f"<!DOCTYPE a [{declared}]><a>&e29;</a>"
    with pytest.raises(VadError, match="cannot be read as an ELAN file"):
        read_corpus(make_corpus(CARD, {"a.wav": 2, "a.eaf": text}))
