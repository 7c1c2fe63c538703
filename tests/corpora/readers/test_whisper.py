"""Transcripts as Whisper, whisperX and whisper.cpp write them."""

import json

import pytest

from vad.corpora import read_corpus
from vad.errors import VadError

CARD = "reader: whisper\naudio: '*.wav'\nlabels: '*.json'\nsplit: {train: '*'}\n"


def words(*times: float) -> list[dict]:
    return [
        {"word": " x", "start": start, "end": end}
        for start, end in zip(times[::2], times[1::2], strict=True)
    ]


SEGMENT = {"id": 0, "start": 0.25, "end": 1.5, "text": " yes and no"}
CPP = {"offsets": {"from": 500, "to": 750}, "text": " yes"}
FORMS = {
    "segments": ({"text": "", "segments": [SEGMENT]}, [[0.25, 1.5]]),
    "words": (
        {"segments": [SEGMENT | {"words": words(0.25, 0.5, 1, 1.5)}]},
        [[0.25, 0.5], [1, 1.5]],
    ),
    "no word times": (
        {"segments": [SEGMENT | {"words": [*words(0.25, 0.5), {"word": "9"}]}]},
        [[0.25, 1.5]],
    ),
    "whisper.cpp": ({"transcription": [CPP, CPP | {"text": "[MUSIC]"}]}, [[0.5, 0.75]]),
}


@pytest.mark.parametrize("name", FORMS)
def test_forms(make_corpus, name: str) -> None:
    values, speech = FORMS[name]
    (recording,) = read_corpus(make_corpus(CARD, {"a.wav": 2, "a.json": json.dumps(values)}))
    assert recording.speech.tolist() == speech


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"segments": []}, "no labels for it, expected speech"),
        ({"text": "yes"}, "'segments' is None, expected a list of objects"),
        ([1], "'segments' is None, expected a list of objects"),
        ({"segments": [{"start": 0, "text": "x"}]}, "'end' is missing, expected a time"),
        ({"segments": [{"start": "0", "end": 1, "text": "x"}]}, "'start' is '0', expected seconds"),
        ({"transcription": [{"text": "x"}]}, "'offsets' is .None., expected a list of objects"),
    ],
)
def test_faults(make_corpus, values: object, expected: str) -> None:
    with pytest.raises(VadError, match=expected):
        read_corpus(make_corpus(CARD, {"a.wav": 2, "a.json": json.dumps(values)}))
