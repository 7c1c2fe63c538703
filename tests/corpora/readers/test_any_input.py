"""For every reader of files: no input raises anything but our own error, and names are free."""

import json
import random
from pathlib import Path

import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import feather

from vad.corpora import read_corpus, reader_modules
from vad.errors import VadError
from vad.faults import Faults

TEXTGRID = (
    'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n2\n<exists>\n1\n'
    '"IntervalTier"\n"t"\n0\n2\n3\n0\n0.5\n""\n0.5\n1\n"x"\n1\n2\n""\n'
)
LONG_TEXTGRID = (
    'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = 2\ntiers? <exists>\n'
    'size = 1\nitem []:\n    item [1]:\n        class = "IntervalTier"\n        name = "t"\n'
    "        xmin = 0\n        xmax = 2\n        intervals: size = 1\n        intervals [1]:\n"
    '            xmin = 0.5\n            xmax = 1\n            text = "x"\n'
)
ELAN = (
    '<ANNOTATION_DOCUMENT><TIME_ORDER><TIME_SLOT TIME_SLOT_ID="a" TIME_VALUE="500"/>'
    '<TIME_SLOT TIME_SLOT_ID="b" TIME_VALUE="1000"/></TIME_ORDER><TIER TIER_ID="t"><ANNOTATION>'
    '<ALIGNABLE_ANNOTATION TIME_SLOT_REF1="a" TIME_SLOT_REF2="b"><ANNOTATION_VALUE>x'
    "</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER></ANNOTATION_DOCUMENT>"
)
# Of each format: its card's keys, a suffix, and labels of `{name}.wav` from 0.5 to 1 s.
FORMATS = {
    "rttm": ("labels: '*.rttm'", "rttm", "SPEAKER {name} 1 0.5 0.5 <NA> <NA> x <NA> <NA>\n"),
    "ctm": ("labels: '*.ctm'", "ctm", "{name} 1 0.5 0.5 x\n"),
    "ava_speech": ("labels: '*.csv'", "csv", "{name},0.5,1,CLEAN_SPEECH\n"),
    "audacity": ("labels: '*.txt'", "txt", "0.5\t1\tx\n"),
    "textgrid": ("labels: '*.TextGrid'\ntier: t", "TextGrid", TEXTGRID),
    "lab": ("labels: '*.lab'", "lab", "0.5 1 x\n"),
    "ten_vad": ("labels: '*.scv'", "scv", "{name},0.5,1,1\n"),
    "jsonl": ("labels: '*.jsonl'", "jsonl", '{{"audio": {path}, "segments": [[0.5, 1]]}}\n'),
    "nemo": (
        "manifest: '*.json'\nframe_ms: 500",
        "json",
        '{{"audio_filepath": {path}, "label": "0 1", "offset": 0, "duration": 1}}\n',
    ),
    "subtitles": ("labels: '*.srt'", "srt", "1\n00:00:00,500 --> 00:00:01,000\nx\n"),
    "whisper": (
        "labels: '*.json'",
        "json",
        '{{"segments": [{{"start": 0.5, "end": 1, "text": "x"}}], "x": {path}}}\n',
    ),
    "stm": ("labels: '*.stm'", "stm", "{name} 1 x 0.5 1 <o> x\n"),
    "table": ("labels: '*.csv'", "csv", "filename,onset,offset\n{path},0.5,1\n"),
    "elan": ("labels: '*.eaf'\ntier: t", "eaf", ELAN),
    "kaldi": ("scp: 'wav.scp'", "segments", "x {name} 0.5 1\n"),
    "lhotse": (
        "recordings: recordings.jsonl\nsupervisions: '*.supervisions'",
        "supervisions",
        '{{"recording_id": {id}, "start": 0.5, "duration": 0.5, "channel": 0}}\n',
    ),
    "label_studio": (
        "labels: '*.json'",
        "json",
        '[{{"data": {{"audio": {path}}}, "annotations": [{{"result": [{{"value": {{"start": 0.5, '
        '"end": 1, "labels": ["x"]}}}}]}}]}}]\n',
    ),
}
# Readers, and the files of theirs that are not label files.
TARGETS = [*FORMATS, "kaldi/wav.scp", "kaldi/text", "lhotse/recordings.jsonl"]
CONTENT = st.one_of(st.binary(), st.text().map(str.encode))
SEEDS = st.integers(0, 2**32)
# Variants of each example, and inputs of each target in the slow test: 40,000 in all.
DAMAGED, MANY_INPUTS = 6, 2_000
BY_PATH = ("jsonl", "nemo", "table", "kaldi", "lhotse")
WITHOUT_SPACES = ("rttm", "ctm", "stm", "kaldi")
NAMES = ["plain", "звонок", "会议", "☎️", "it's"]
SPACED = ["two words", "a 'b' \"c\"", "é è"]
FRAGMENTS = [b"\t", b",", b" ", b"\n", b"\r", b'"', b"[", b"{", b"0", b"-1", b"1e999", b"nan", b"*"]
FRAGMENTS += [b"\xff\xfe", b"\xef\xbb\xbf", b"\0", b"null", b"a", b"..", b"/", b"\xed\xa0\x80"]
# JSON that is no text of ours, and the shapes in which its parsers differ.
FRAGMENTS += [b'"\\ud800"', b"[" * 2000, b'{"tiers": 1}', b'{"start": 0, "end": 1, "tiers": {}}']


def corpus(make_corpus, reader: str, name: str = "a") -> tuple[Path, str]:
    """A folder without its labels, and the labels as text."""
    keys, suffix, text = FORMATS[reader]
    card = f"reader: {reader}\n{keys}\nsplit: {{train: '*'}}\n"
    if reader not in BY_PATH:
        card += "audio: '*.wav'\n"
    folder = make_corpus(card, {f"{name}.wav": 2, f"{name}.{suffix}": ""})
    path, file_id = (json.dumps(text, ensure_ascii=False) for text in (f"{name}.wav", name))
    if reader == "table":
        path = '"' + f"{name}.wav".replace('"', '""') + '"'
    if reader == "kaldi":
        (folder / f"{name}.segments").unlink()
        (folder / "wav.scp").write_text(f"{name} {name}.wav\n", encoding="utf-8")
        (folder / "text").write_text("x hello\n", encoding="utf-8")
    if reader == "lhotse":
        row = {"id": name, "sources": [{"type": "file", "channels": [0], "source": f"{name}.wav"}]}
        (folder / "recordings.jsonl").write_text(json.dumps(row), encoding="utf-8")
    return folder, text.format(name=name, path=path, id=file_id)


def labels_of(folder: Path, reader: str, name: str = "a") -> Path:
    """The path of the labels."""
    return folder / ("segments" if reader == "kaldi" else f"{name}.{FORMATS[reader][1]}")


def test_every_reader_of_label_files_is_here() -> None:
    without_labels = ("silero_feather", "parquet", "clips", "folder", "synthetic", "unlabelled")
    assert {*FORMATS, *without_labels} == set(reader_modules())


def read_anything(folder: Path, labels: Path, data: bytes) -> None:
    labels.write_bytes(data)
    faults = Faults()
    try:
        recordings = read_corpus(folder, faults)
    except VadError:
        return
    for recording in recordings:
        assert ((recording.speech >= 0) & (recording.speech <= 2)).all()
    for fault in faults.entries:
        assert fault.file.startswith(str(folder))
        assert f"{fault.file} {fault.reason}".encode()


def read_damaged(make_corpus, target: str, data: bytes, seed: int) -> None:
    """Read `data`, and DAMAGED variants of what is right, in the place of a label file."""
    reader, _, file = target.partition("/")
    folder, text = corpus(make_corpus, reader)
    labels = folder / file if file else labels_of(folder, reader)
    if file:
        labels_of(folder, reader).write_text(text, encoding="utf-8")
        text = labels.read_text(encoding="utf-8")
    read_anything(folder, labels, data)
    draw = random.Random(seed)
    good = (LONG_TEXTGRID if reader == "textgrid" and seed % 2 else text).encode() * 2
    for _ in range(DAMAGED):
        damaged = bytearray(good)
        for _ in range(draw.randint(1, 3)):
            start = draw.randrange(len(damaged) + 1)
            damaged[start : start + draw.choice([0, 1, 3, 20])] = draw.choice([*FRAGMENTS, b""])
        read_anything(folder, labels, bytes(damaged))


@pytest.mark.parametrize("target", TARGETS)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None
)
@given(data=CONTENT, seed=SEEDS)
def test_no_input_raises_anything_but_our_error(make_corpus, target, data, seed) -> None:
    read_damaged(make_corpus, target, data, seed)


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=MANY_INPUTS // (1 + DAMAGED),
    deadline=None,
)
@given(data=CONTENT, seed=SEEDS)
def test_no_input_of_many_raises_anything_but_our_error(make_corpus, target, data, seed) -> None:
    read_damaged(make_corpus, target, data, seed)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None
)
@given(
    paths=st.lists(st.one_of(st.none(), st.text(max_size=5), st.just("a.wav")), max_size=3),
    speech=st.one_of(
        st.none(),
        st.integers(-(2**63), 2**63 - 1),
        st.text(),
        st.lists(st.lists(st.floats(), max_size=3), max_size=3),
    ),
    data=st.binary(),
)
def test_no_table_raises_anything_but_our_error(make_corpus, paths, speech, data) -> None:
    card = "reader: silero_feather\ntable: x.feather\nsplit: {train: '*'}\n"
    folder = make_corpus(card, {"a.wav": 2})
    table = pyarrow.table({"audio_path": paths, "speech_ts": [speech] * len(paths)})
    feather.write_feather(table, folder / "x.feather")
    good = (folder / "x.feather").read_bytes()
    read_anything(folder, folder / "x.feather", good)
    read_anything(folder, folder / "x.feather", data)


@pytest.mark.parametrize(
    ("reader", "name"),
    [
        (r, n)
        for r in FORMATS
        for n in NAMES + (SPACED if r not in ("rttm", "ctm", "stm", "kaldi") else [])
    ],
)
def test_names_of_files(make_corpus, whole, reader: str, name: str) -> None:
    if reader == "ava_speech" and '"' in name:
        pytest.skip("a video's id has no quotes")
    folder, text = corpus(make_corpus, reader, name)
    labels_of(folder, reader, name).write_text(text, encoding="utf-8")
    (recording,) = read_corpus(folder)
    assert recording.name == name
    assert whole(recording, 8000).speech.tolist() == [[0.5, 1]]


@pytest.mark.parametrize("reader", FORMATS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings(make_corpus, reader: str, encoding: str, newline: str) -> None:
    folder, text = corpus(make_corpus, reader, "grüße")
    labels_of(folder, reader, "grüße").write_text(text, encoding=encoding, newline=newline)
    (recording,) = read_corpus(folder)
    assert recording.speech.tolist() == [[0.5, 1]]


def test_a_name_outside_utf_8_is_reported_with_escapes(make_corpus) -> None:
    folder = make_corpus("reader: folder\nrole: noise\naudio: '*.wav'\n", {"a.wav": 1})
    try:
        (folder / "\udcff.wav").write_bytes(b"no audio")
    except OSError:
        pytest.skip("this file system takes names in UTF-8 alone")
    faults = Faults()
    assert [r.name for r in read_corpus(folder, faults)] == ["a"]
    assert faults.entries[0].file == f"{folder}/\\udcff.wav"
    assert faults.entries[0].reason == "cannot be read, expected a file name in UTF-8"
