"""Exports of Label Studio: uploads, local files, several annotators."""

import json

import pytest

from vad.corpora import read_corpus
from vad.errors import VadError

CARD = "reader: label_studio\naudio: '*.wav'\nlabels: export.json\nsplit: {train: '*'}\n"


def task(audio: str, *labels: str, **changes: object) -> dict:
    result = [
        {"type": "labels", "value": {"start": n + 0.25, "end": n + 0.5, "labels": [label]}}
        for n, label in enumerate(labels)
    ]
    result.append({"type": "choices", "value": {"choices": ["good"]}})
    return {"data": {"audio": audio}, "annotations": [{"result": result}]} | changes


@pytest.mark.parametrize(
    "audio",
    [
        "/data/upload/1/0123abcd-a.wav",
        "/data/local-files/?d=calls/a.wav",
        "s3://bucket/calls/a.wav",
        "https://example.org/a.wav",
        "a.wav",
    ],
)
def test_tasks_find_their_audio(make_corpus, audio: str) -> None:
    export = json.dumps([task(audio, "Speech", "Noise")])
    (recording,) = read_corpus(make_corpus(CARD, {"a.wav": 2, "export.json": export}))
    assert recording.speech.tolist() == [[0.25, 0.5]]


@pytest.mark.parametrize(
    ("export", "expected"),
    [
        ({"id": 1}, "the export is .*, expected a list"),
        ([1], "task 1: no 'data', expected a task"),
        ([task("a.wav", "x", annotations=[{}, {}])], "task 1: 2 annotations, expected one"),
        ([task("b.wav", "x")], "no audio file of 'b'"),
        ([task("a.wav", "Other")], "labels 'Other' .0.2 s. may mean no speech"),
        ([task("a.wav")], "a.wav: no labels for it"),
        (
            [task("a.wav", "x", data={"a": "a.wav", "b": "c"})],
            "'data' has keys a, b, expected",
        ),
    ],
)
def test_faults(make_corpus, export: object, expected: str) -> None:
    with pytest.raises(VadError, match=expected):
        read_corpus(make_corpus(CARD, {"a.wav": 2, "export.json": json.dumps(export)}))


def test_the_key_of_data_is_the_cards(make_corpus) -> None:
    export = json.dumps([task("", "x", data={"text": "yes", "sound": "a.wav"})])
    card = CARD + "data_key: sound\n"
    (recording,) = read_corpus(make_corpus(card, {"a.wav": 2, "export.json": export}))
    assert recording.speech.tolist() == [[0.25, 0.5]]
