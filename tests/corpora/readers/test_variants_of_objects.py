"""Variants that tools write of JSON and tables: read as meant, or refused by name."""

import json

import pytest

UNCLEAR = "may mean no speech: name each under 'speech', 'silence' or 'ignored'"
TURN = "SPEAKER a 1 0.5 1 <NA> <NA> x <NA> <NA>\n"


def entry(start: float, end: float, **more: object) -> dict:
    return {"start": start, "end": end, **more}


def row(*segments: dict) -> str:
    return json.dumps({"audio": "a.wav", "segments": segments})


def frames(**values: object) -> str:
    return json.dumps({"audio_filepath": "a.wav", "offset": 0, "duration": 2} | values) + "\n"


def whisper(**values: object) -> str:
    return json.dumps(values)


JSONL, NEMO = "jsonl\nlabels: x.jsonl", "nemo\nframe_ms: 500\nmanifest: x.json"
WHISPER, TABLE = "whisper\naudio: '*.wav'\nlabels: '*.json'", "table\nlabels: x.csv"
VARIANTS = {
    "jsonl of two channels": (
        f"{JSONL}\nchannel: 1",
        {"x.jsonl": row(entry(0.5, 1, channel=0), entry(2, 3, channel=1))},
        [[2, 3]],
    ),
    "jsonl with flags": (
        JSONL,
        {"x.jsonl": row(entry(0, 1, is_speech=False), entry(1, 2, is_speech=True))},
        f"'False' .1.0 s. {UNCLEAR}",
    ),
    "jsonl with lists of labels": (
        JSONL,
        {"x.jsonl": row(entry(0, 1, label=["noise"]))},
        "line 1: 'label' is .'noise'., expected one label",
    ),
    "jsonl with an empty label": (JSONL, {"x.jsonl": row(entry(0, 1, label=""))}, UNCLEAR),
    "jsonl with backslashes": (
        JSONL,
        {"x.jsonl": '{"audio": ".\\\\a.wav", "segments": [[0.5, 1]]}'},
        [[0.5, 1]],
    ),
    "nemo with nulls": (
        NEMO,
        {
            "x.json": frames(offset=None, duration=None, label="infer", rttm_filepath="a.rttm"),
            "a.rttm": TURN,
        },
        [[0.5, 1.5]],
    ),
    "nemo with floats": (
        NEMO,
        {"x.json": frames(label=[0.0, 1.0, 1, 0])},
        ([[0.5, 1.5]], [[0, 2]]),
    ),
    "nemo with frames of another length": (
        NEMO,
        {"x.json": frames(label=[0, 1] * 50)},
        "line 1: .* frames of 0.5 s are .*, expected 'duration', 2 s: is 'frame_ms'",
    ),
    "nemo for recognition": (NEMO, {"x.json": frames(text="hi")}, "no 'label' and no 'rttm_filep"),
    "nemo with a path in two forms": (
        NEMO,
        {
            "x.json": frames(label="speech")
            + frames(audio_filepath="./a.wav", offset=2, label="noise")
        },
        [[0, 2]],
    ),
    "whisper of OpenAI's service": (
        WHISPER,
        {"a.json": whisper(segments=[entry(0, 3, text="hi")], words=[entry(0.5, 1, word="hi")])},
        [[0.5, 1]],
    ),
    "whisper of transformers": (
        WHISPER,
        {"a.json": whisper(chunks=[{"timestamp": [0.5, 1], "text": "hi"}])},
        [[0.5, 1]],
    ),
    "whisper of transformers, cut": (
        WHISPER,
        {"a.json": whisper(chunks=[{"timestamp": [0.5, None], "text": "hi"}])},
        "'end' is missing",
    ),
    "whisper.cpp": (
        WHISPER,
        {
            "a.wav.json": whisper(
                transcription=[
                    {"offsets": {"from": 500, "to": 1000}, "text": " hi"},
                    {"offsets": {"from": 1000, "to": 2000}, "text": " [BLANK_AUDIO]"},
                ]
            )
        },
        [[0.5, 1]],
    ),
    "table of Excel": (
        TABLE,
        {"x.csv": "sep=;\nfilename;onset;offset\na.wav;0,500;1\n"},
        [[0.5, 1]],
    ),
    "table with clocks": (
        TABLE,
        {"x.csv": "file,start,end\na.wav,00:00:00.5,00:01.0\n"},
        [[0.5, 1]],
    ),
    "table in milliseconds": (
        TABLE,
        {"x.csv": "file,start_ms,end_ms\na.wav,500,1000\n"},
        [[0.5, 1]],
    ),
    "table in samples": (
        TABLE,
        {"x.csv": "file,start_sample\na.wav,500\n"},
        "expected a header with",
    ),
    "table with thousands": (TABLE, {"x.csv": 'file,start,end\na.wav,0,"1,000"\n'}, "'1,000', exp"),
    "table of Raven": (
        TABLE,
        {"x.csv": "Channel\tBegin Time (s)\tEnd Time (s)\tBegin File\n1\t0.5\t1\ta.wav\n"},
        [[0.5, 1]],
    ),
    "table with two columns of a name": (
        TABLE,
        {"x.csv": "file,start,end,Start\n"},
        "each name once",
    ),
    "table without a header": (TABLE, {"x.csv": "a.wav,0.5,1\n"}, "no rows, expected a header"),
    "table with floats for classes": (
        TABLE,
        {"x.csv": "file,start,end,label\na.wav,0.5,1,1.0\na.wav,2,3,0.0\n"},
        f"'0.0' .* {UNCLEAR}",
    ),
    "table with an empty label": (
        TABLE,
        {"x.csv": "file,start,end,label\na.wav,0.5,1,\na.wav,2,3,x\n"},
        rf"'\(empty\)' .* {UNCLEAR}",
    ),
    "table of left and right": (
        f"{TABLE}\nchannel: 1",
        {"x.csv": "file,start,end,channel\na.wav,0.5,1,left\n./a.wav,2,3,right\n"},
        [[2, 3]],
    ),
    "table of another channel": (
        TABLE,
        {"x.csv": "file,start,end,channel\na.wav,0.5,1,centre\n"},
        "channel 'centre', expected a number",
    ),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_corpus(make_corpus, check, variant: str) -> None:
    keys, files, expected = VARIANTS[variant]
    card = f"reader: {keys}\nsplit: {{train: '*'}}\n"
    check(make_corpus(card, {"a.wav": (4, 2)} | files), expected)
