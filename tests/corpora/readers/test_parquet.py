"""Parquet files as the library `datasets` writes them: audio as a struct of bytes and path."""

import io
import pickle

import numpy as np
import pyarrow
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from vad.corpora import read_corpus
from vad.errors import VadError
from vad.faults import Faults

CARD = "reader: parquet\ntable: 'data/*.parquet'\nsplit: {train: '*'}\n"
NOISE = 0.1 * np.random.default_rng(0).standard_normal(32000)


def encoded(container: str = "WAV") -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, NOISE, 16000, format=container)
    return buffer.getvalue()


def folder_of(make_corpus, columns: dict, card: str = CARD):
    folder = make_corpus(card, {})
    (folder / "data").mkdir(exist_ok=True)
    parquet.write_table(pyarrow.table(columns), folder / "data" / "x.parquet", row_group_size=2)
    return folder


def columns(**changes: list) -> dict:
    audio = [
        {"bytes": encoded(), "path": "a.wav"},
        {"bytes": encoded("FLAC"), "path": "b.flac"},
        {"bytes": encoded(), "path": None},
    ]
    times = {"timestamps_start": [[0.25, 1.0], [0.5], [0]], "timestamps_end": [[0.5, 2], [1], [1]]}
    return {"audio": audio, **times, "speakers": [["x", "noise"], ["y"], ["x"]]} | changes


def test_rows_are_recordings_with_their_audio(make_corpus, whole) -> None:
    recordings = read_corpus(folder_of(make_corpus, columns()))
    assert [r.name for r in recordings] == ["data/x/a", "data/x/b", "data/x/row2"]
    assert [r.speech.tolist() for r in recordings] == [[[0.25, 0.5]], [[0.5, 1]], [[0, 1]]]
    for recording in recordings:
        sent = pickle.loads(pickle.dumps(recording))  # noqa: S301 (our own)
        # libsndfile cuts to 16 bits: by less than one step.
        assert np.abs(whole(sent, 16000).samples - NOISE).max() < 1 / 32768


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"audio": [{"bytes": b"x", "path": "a.wav"}] * 3}, "row 0: .*a.wav: cannot be read as"),
        ({"audio": ["a.wav"] * 3}, "row 0: no audio bytes in the row, expected a dataset with emb"),
        ({"timestamps_end": [[0.5], [1], [1]]}, "row 0: lists of start, end and label are not of"),
        ({"timestamps_start": [1.0] * 3}, r"row 0: start and end are 1.0 and \[.*, expected lists"),
        (
            {"timestamps_start": [["x", "y"], ["z"], ["z"]]},
            "row 0: 'start' is 'x', expected",
        ),
        ({"timestamps_end": [[0.5, 9], [1], [1]], "speakers": [["x", "x"], ["y"], ["x"]]}, "9 s, "),
        ({"speakers": [["x", "other"], ["y"], ["x"]]}, r"labels 'other' \(1.0 s\) may mean no"),
    ],
)
def test_faults(make_corpus, changes: dict, expected: str) -> None:
    with pytest.raises(VadError, match=expected):
        read_corpus(folder_of(make_corpus, columns(**changes)))


def test_columns_are_the_cards(make_corpus) -> None:
    renamed = columns()
    renamed["when"] = renamed.pop("timestamps_start")
    with pytest.raises(VadError, match="expected one of start times: name it by 'start_column'"):
        read_corpus(folder_of(make_corpus, renamed))
    card = CARD + "start_column: when\n"
    assert len(read_corpus(folder_of(make_corpus, renamed, card))) == 3


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    data=st.one_of(st.none(), st.binary(max_size=64)),
    start=st.one_of(st.none(), st.lists(st.floats(), max_size=3)),
    end=st.one_of(st.none(), st.lists(st.one_of(st.none(), st.floats()), max_size=3)),
    file=st.binary(),
)
def test_no_table_raises_anything_but_our_error(make_corpus, data, start, end, file) -> None:
    good = {"bytes": encoded(), "path": "a.wav"}
    audio = [good, {"bytes": data, "path": "b.wav"}]
    table = {"audio": audio, "start": [[0.5], start], "end": [[1.0], end]}
    folder = folder_of(make_corpus, table)
    for content in ((folder / "data" / "x.parquet").read_bytes(), file):
        (folder / "data" / "x.parquet").write_bytes(content)
        faults = Faults()
        for recording in read_corpus(folder, faults):
            assert ((recording.speech >= 0) & (recording.speech <= 2)).all()
