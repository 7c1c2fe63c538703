"""Variants of exports of ELAN, Kaldi, lhotse and Label Studio: read as meant, or refused."""

import json

import pytest

from vad.corpora import read_corpus
from vad.faults import Faults

UNCLEAR = "may mean no speech: name each under 'speech', 'silence' or 'ignored'"


def entry(start: float, end: float, **more: object) -> dict:
    return {"start": start, "end": end, **more}


def eaf(tiers: str, header: str = "", slots: tuple[str, ...] = ("500", "1000")) -> str:
    values = [f' TIME_VALUE="{slot}"' if slot else "" for slot in slots]
    order = "".join(f'<TIME_SLOT TIME_SLOT_ID="s{n}"{value}/>' for n, value in enumerate(values))
    return (
        f'<?xml version="1.0" encoding="UTF-16"?><ANNOTATION_DOCUMENT>{header}'
        f"<TIME_ORDER>{order}</TIME_ORDER>{tiers}</ANNOTATION_DOCUMENT>"
    )


def aligned(number: int, start: int, end: int, text: str = "hi") -> str:
    return (
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{number}" TIME_SLOT_REF1="s{start}" '
        f'TIME_SLOT_REF2="s{end}"><ANNOTATION_VALUE>{text}</ANNOTATION_VALUE>'
        "</ALIGNABLE_ANNOTATION></ANNOTATION>"
    )


REFERRING = (
    f'<TIER TIER_ID="u">{aligned(1, 0, 1)}</TIER><TIER TIER_ID="t"><ANNOTATION><REF_ANNOTATION '
    'ANNOTATION_ID="a2" ANNOTATION_REF="a1"><ANNOTATION_VALUE>x</ANNOTATION_VALUE>'
    "</REF_ANNOTATION></ANNOTATION></TIER>"
)


def recording(**values: object) -> str:
    source = {"type": "file", "channels": [0, 1], "source": "a.wav"}
    return json.dumps({"id": "r", "sources": [source], **values}) + "\n"


def supervision(**values: object) -> str:
    row = {"id": "s", "recording_id": "r", "start": 0.5, "duration": 0.5, "channel": 0}
    return json.dumps(row | values) + "\n"


def region(**values: object) -> dict:
    return {"id": "x", "value": {"start": 0.5, "end": 1, "labels": ["Speech"]} | values}


def export(*result: dict, **annotation: object) -> str:
    task = {"data": {"audio": "/data/upload/1/0a1b2c3d-a.wav"}}
    return json.dumps([task | {"annotations": [{"result": result, **annotation}]}])


ELAN, KALDI = "elan\naudio: '*.wav'\ntier: t\nlabels: '*.eaf'", "kaldi\nscp: wav.scp"
LHOTSE = "lhotse\nrecordings: r.jsonl\nsupervisions: s.jsonl"
STUDIO = "label_studio\naudio: '*.wav'\nlabels: x.json"
SCP = {"wav.scp": "r a.wav\n"}
TIER = '<TIER TIER_ID="t">{}</TIER>'
HEADER = '<HEADER TIME_UNITS="{}"><MEDIA_DESCRIPTOR MEDIA_URL="a.wav" TIME_ORIGIN="{}"/></HEADER>'

VARIANTS = {
    "elan that refers to another tier": (ELAN, {"a.eaf": eaf(REFERRING)}, [[0.5, 1]]),
    "elan with slots without times": (
        ELAN,
        {"a.eaf": eaf(TIER.format(aligned(1, 0, 1) + aligned(2, 1, 2)), "", ("500", "", "900"))},
        "annotation 'a1' has no times of its own",
    ),
    "elan of shifted media": (
        ELAN,
        {"a.eaf": eaf(TIER.format(aligned(1, 0, 1)), HEADER.format("milliseconds", 1500))},
        "its media are shifted by 1500 ms",
    ),
    "elan in frames": (
        ELAN,
        {"a.eaf": eaf(TIER.format(aligned(1, 0, 1)), HEADER.format("PAL-frames", 0))},
        "its times are PAL-frames, expected milliseconds",
    ),
    "elan without a text": (
        ELAN,
        {"a.eaf": eaf(TIER.format(aligned(1, 0, 1, "")))},
        rf"'\(empty\)' .0.5 s. {UNCLEAR}",
    ),
    "kaldi with a channel": (
        f"{KALDI}\nchannel: 0",
        SCP | {"segments": "u r 0.5 1 0\nv r 2 3 1\n"},
        [[0.5, 1]],
    ),
    "kaldi with texts": (
        KALDI,
        SCP | {"segments": "u r 0.5 1\nv r 2 3\n", "text": "u hello\nv [NOISE]\n"},
        [[0.5, 1]],
    ),
    "kaldi to the end": (
        KALDI,
        SCP | {"segments": "u r 0.5 -1\n"},
        "the end is -1, that of the rec",
    ),
    "kaldi with a recording twice": (
        KALDI,
        {"wav.scp": "r a.wav\nr b.wav\n", "segments": "u r 0.5 1\n"},
        "line 2: 'r' a second time",
    ),
    "kaldi with a pipe": (
        KALDI,
        {"wav.scp": "r sph2pipe -f wav a.sph |\n", "segments": "u r 0.5 1\n"},
        "is the command 'sph2pipe .*, which is not run",
    ),
    "lhotse with a list of channels": (
        f"{LHOTSE}\nchannel: 0",
        {"r.jsonl": recording(), "s.jsonl": supervision(channel=[0, 1]) + supervision(channel=1)},
        [[0.5, 1]],
    ),
    "lhotse with another speed": (
        LHOTSE,
        {"r.jsonl": recording(transforms=[{"name": "Speed"}]), "s.jsonl": supervision()},
        "recording 'r' is changed by Speed",
    ),
    "lhotse with cuts": (
        LHOTSE,
        {"r.jsonl": recording(recording={}), "s.jsonl": supervision()},
        "'r' is a cut, expected manifests of recordings",
    ),
    "lhotse with noise": (
        LHOTSE,
        {
            "r.jsonl": recording(),
            "s.jsonl": supervision(text="hi") + supervision(start=2, text="[NOISE]"),
        },
        [[0.5, 1]],
    ),
    "label studio with texts": (
        STUDIO,
        {
            "x.json": export(
                region(), {"id": "x", "value": {"start": 0.5, "end": 1, "text": ["hi"]}}
            )
        },
        [[0.5, 1]],
    ),
    "label studio with texts alone": (
        STUDIO,
        {"x.json": export({"id": "x", "value": {"start": 0.5, "end": 1, "text": ["hi"]}})},
        [[0.5, 1]],
    ),
    "label studio with a region without a label": (
        STUDIO,
        {"x.json": export(region(), {"id": "y", "value": {"start": 2, "end": 3}})},
        "task 1: region 'y' has no label",
    ),
    "label studio of a video": (
        STUDIO,
        {"x.json": export({"value": {"ranges": [entry(1, 25)], "timelinelabels": ["Speech"]}})},
        "regions of a video, in frames",
    ),
    "label studio in short": (
        STUDIO,
        {"x.json": json.dumps([{"audio": "a.wav", "label": [entry(0.5, 1, labels=["x"])]}])},
        "no 'data', expected a task of the export in the format JSON",
    ),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_corpus(make_corpus, check, variant: str) -> None:
    keys, files, expected = VARIANTS[variant]
    card = f"reader: {keys}\nsplit: {{train: '*'}}\n"
    check(make_corpus(card, {"a.wav": (4, 2)} | files), expected)


def test_a_cancelled_task_is_counted_and_audio_without_a_task_a_fault(make_corpus) -> None:
    card = f"reader: {STUDIO}\nsplit: {{train: '*'}}\n"
    faults = Faults()
    folder = make_corpus(card, {"a.wav": 4, "x.json": export(was_cancelled=True)})
    assert read_corpus(folder, faults) == []
    assert faults.notes == [f"{folder / 'x.json'}: task 1: nobody annotated 'a'"]
    assert faults.tally.as_metrics() == {"left_out": {"calls": {"not_annotated": 1}}}
    files = {"a.wav": 4, "b.wav": 4, "x.json": export(region())}
    faults = Faults()
    read_corpus(make_corpus(card, files), faults)
    assert [fault.reason for fault in faults.entries] == [
        "expected 'b' in a file of 'labels', found it in none"
    ]
