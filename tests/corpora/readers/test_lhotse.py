"""Manifests as lhotse writes them, compressed or not."""

import gzip
import json

import pytest

from vad.corpora import read_corpus
from vad.errors import VadError

CARD = "reader: lhotse\nrecordings: rec.*\nsupervisions: sup.*\nsplit: {train: '*'}\n"
RECORDING = {
    "id": "call-1",
    "sources": [{"type": "file", "channels": [0], "source": "a.wav"}],
    "sampling_rate": 16000,
    "num_samples": 32000,
    "duration": 2.0,
}
SUPERVISION = {"id": "s1", "recording_id": "call-1", "start": 0.5, "duration": 0.25, "channel": 0}


def lines(*rows: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize("is_compressed", [False, True])
def test_recordings_and_supervisions(make_corpus, is_compressed: bool) -> None:
    texts = {
        "rec.jsonl": lines(RECORDING),
        "sup.jsonl": lines(SUPERVISION, SUPERVISION | {"start": 1.0, "duration": 1}),
    }
    folder = make_corpus(CARD, {"a.wav": 2, **texts})
    if is_compressed:
        for name, text in texts.items():
            (folder / name).unlink()
            (folder / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    (recording,) = read_corpus(folder)
    assert recording.name == "call-1"
    assert recording.speech.tolist() == [[0.5, 0.75], [1, 2]]


@pytest.mark.parametrize(
    ("recording", "supervision", "expected"),
    [
        ({"sources": []}, {}, "recording 'call-1': expected one source"),
        (
            {"sources": [{"type": "command", "source": "x"}]},
            {},
            "source of type 'command', not",
        ),
        ({"id": 1}, {}, "'id' is 1, expected a path"),
        ({}, {"duration": None}, "line 1: no start or no duration, expected seconds"),
        ({}, {"recording_id": "call-2"}, "line 1: no recording 'call-2'|no labels for it"),
        ({}, {"channel": "A"}, "'channel' is .'A'., expected numbers from 0"),
        ({}, {"start": 3}, "from 3 to 3.25 s, expected within"),
    ],
)
def test_faults(make_corpus, recording: dict, supervision: dict, expected: str) -> None:
    files = {
        "rec.jsonl": lines(RECORDING | recording),
        "sup.jsonl": lines(SUPERVISION | supervision),
    }
    with pytest.raises(VadError, match=expected):
        read_corpus(make_corpus(CARD, {"a.wav": 2, **files}))


def test_a_cut_archive_is_a_fault(make_corpus) -> None:
    folder = make_corpus(CARD, {"a.wav": 2, "rec.jsonl": lines(RECORDING)})
    data = gzip.compress(lines(SUPERVISION).encode())
    (folder / "sup.jsonl.gz").write_bytes(data[:-12])
    with pytest.raises(VadError, match="cannot be read as a compressed manifest"):
        read_corpus(folder)
