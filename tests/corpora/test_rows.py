"""JSON lines and NeMo manifests, written by json itself."""

import json

import pytest

from vad.corpora import read_corpus
from vad.errors import VadError
from vad.faults import Faults

JSONL = "reader: jsonl\nlabels: '*.jsonl'\nsplit: {train: '*'}\n"
NEMO = "reader: nemo\nmanifest: '*.json'\nframe_ms: 250\nsplit: {train: '*'}\n"
TURNS = "".join(
    f"SPEAKER {name} 1 {start} 0.5 <NA> <NA> x <NA> <NA>\n"
    for name, start in (("a", 0.25), ("b", 0), ("a", 1.25))
)


def lines(*rows: dict) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_jsonl(make_corpus) -> None:
    labels = lines(
        {"audio": "a b.wav", "segments": [[0.5, 1], {"start": 1, "end": 1.25}, [0.75, 0.8]]},
        {"audio": "会议.wav", "segments": [], "annotated": [[0, 0.5]], "comment": 1},
    )
    files = {"a b.wav": 2, "会议.wav": 1, "x.jsonl": labels}
    one, two = read_corpus(make_corpus(JSONL, files))
    assert one.speech.tolist() == [[0.5, 1.25]]
    assert one.annotated.tolist() == [[0, 2]]
    assert two.annotated.tolist() == [[0, 0.5]]


@pytest.mark.parametrize("label", ["0 1 1 0", [0, 1, 1, 0], ["0", "1", "1", "0"]])
def test_nemo_frames(make_corpus, label: object) -> None:
    manifest = lines(
        {"audio_filepath": "a.wav", "offset": 0.5, "duration": 1.0, "label": label},
        {"audio_filepath": "b.wav", "label": "1 0 1", "vad_frame_unit_secs": 0.1, "duration": 0.25},
    )
    one, two = read_corpus(make_corpus(NEMO, {"a.wav": 2, "b.wav": 1, "m.json": manifest}))
    assert one.speech.tolist() == [[0.75, 1.25]]
    assert one.annotated.tolist() == [[0.5, 1.5]]
    assert two.speech.tolist() == [[0, 0.1], [0.2, 0.25]]


def test_nemo_rttm_of_two_stretches(make_corpus) -> None:
    row = {"audio_filepath": "x/a.wav", "rttm_filepath": "a.rttm"}
    manifest = lines(row | {"offset": 0.5, "duration": 0.5}, row | {"offset": 1, "duration": 0.5})
    files = {"x/a.wav": 2, "a.rttm": TURNS, "m.json": manifest}
    (recording,) = read_corpus(make_corpus(NEMO, files))
    assert recording.speech.tolist() == [[0.5, 0.75], [1.25, 1.5]]
    assert recording.annotated.tolist() == [[0.5, 1.5]]
    (recording,) = read_corpus(make_corpus(NEMO, files | {"m.json": lines(row)}))
    assert recording.speech.tolist() == [[0.25, 0.75], [1.25, 1.75]]
    assert recording.annotated.tolist() == [[0, 2]]


@pytest.mark.parametrize(
    ("card", "row", "expected"),
    [
        (JSONL, [1], "line 2: .1., expected a JSON object"),
        (JSONL, {"segments": []}, "line 2: 'audio' is None, expected a path"),
        (JSONL, {"audio": "b.wav"}, "line 2: 'segments' is None, expected a list"),
        (JSONL, {"audio": "b.wav", "segments": [[1]]}, r"line 2: 'segments' holds \[1\]"),
        (JSONL, {"audio": "b.wav", "segments": [[0, True]]}, "line 2: 'segments' holds"),
        (
            JSONL,
            {"audio": "b.wav", "segments": [[0, 10**400]]},
            "line 2: .*expected a finite number",
        ),
        (JSONL, {"audio": "b.wav", "segments": [[1, 0]]}, "line 2: ends at 0 s before it"),
        (JSONL, {"audio": "../b.wav", "segments": []}, "line 2: '../b.wav' is outside"),
        (JSONL, {"audio": "c.wav", "segments": []}, "c.wav: no such audio file"),
        (JSONL, {"audio": "c" * 999, "segments": []}, "no such audio file"),
        (NEMO, {"audio_filepath": "b.wav", "label": "0 2"}, "line 2: 'label' is \"0 2\""),
        (NEMO, {"audio_filepath": "b.wav", "label": 1}, "line 2: 'label' is 1, expected a 0 or"),
        (
            NEMO,
            {"audio_filepath": "b.wav"},
            "line 2: no 'label' and no 'rttm_filepath', expected one",
        ),
        (NEMO, {"audio_filepath": "b.wav", "label": "1", "vad_frame_unit_secs": 0}, "no length"),
        (NEMO, {"audio_filepath": "b.wav", "rttm_filepath": "/etc/passwd"}, "is outside"),
        (NEMO, {"audio_filepath": "b.wav", "rttm_filepath": "m.json"}, "m.json: line 2: line 1: "),
        (NEMO, {"audio_filepath": "b.wav", "label": "1", "duration": "x"}, "'duration' is 'x'"),
    ],
)
def test_a_fault_leaves_out_its_recording_alone(
    make_corpus, card: str, row: object, expected: str
) -> None:
    good = {
        JSONL: {"audio": "a.wav", "segments": [[0, 1]]},
        NEMO: {"audio_filepath": "a.wav", "label": "0 1"},
    }[card]
    name = "m.json" if card is NEMO else "m.jsonl"
    folder = make_corpus(card, {"a.wav": 2, "b.wav": 2, name: lines(good, row)})
    faults = Faults()
    assert [r.name for r in read_corpus(folder, faults)] == ["a"]
    assert len(faults.entries) == 1
    with pytest.raises(VadError, match=expected):
        read_corpus(folder)


def test_nemo_recording_with_one_broken_line_is_left_out(make_corpus) -> None:
    good = {"audio_filepath": "a.wav", "label": "0 1", "duration": 0.5}
    manifest = lines(good, good | {"offset": 1, "label": "?"}, good | {"offset": 1.5})
    faults = Faults()
    files = {"a.wav": 2, "m.json": manifest}
    assert read_corpus(make_corpus(NEMO, files), faults) == []
    assert len(faults.entries) == 1
