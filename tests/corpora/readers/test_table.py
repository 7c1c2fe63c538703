"""Tables with a header, as pandas, spreadsheets and DCASE write them."""

import pandas as pd
import pytest

from vad.corpora import read_corpus
from vad.errors import VadError
from vad.faults import Faults

CARD = "reader: table\nlabels: '*.csv'\nsplit: {train: '*'}\n"
ROWS = {"filename": ["a.wav", "b.wav", "a.wav"], "onset": [0.5, 0, 1.0], "offset": [1, 0.5, 1.5]}


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_usual_columns(make_corpus, delimiter: str) -> None:
    text = pd.DataFrame(ROWS).to_csv(sep=delimiter, index=False)
    one, two = read_corpus(make_corpus(CARD, {"a.wav": 2, "b.wav": 2, "x.csv": text}))
    assert one.speech.tolist() == [[0.5, 1.5]]
    assert two.speech.tolist() == [[0, 0.5]]


def test_columns_of_the_card_and_classes(make_corpus) -> None:
    rows = {"File": ["a.wav", "a.wav"], "from": [0, 1], "duration": [1, 0.5], "what": ["x", "rain"]}
    text = pd.DataFrame(rows).to_csv(index=False)
    card = CARD + "columns: {start: from, label: what}\nsilence: rain\n"
    (recording,) = read_corpus(make_corpus(card, {"a.wav": 2, "x.csv": text}))
    assert recording.speech.tolist() == [[0, 1]]
    with pytest.raises(VadError, match=r"labels 'rain' \(0\.5 s\) may mean no speech"):
        read_corpus(make_corpus(card.replace("silence: rain\n", ""), {"a.wav": 2, "x.csv": text}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("file,begin\na.wav,1\n", "columns file, begin, expected a header with audio, start"),
        ("file,start,end\na.wav,1\n", "line 2: expected 3 fields"),
        ("file,start,end\na.wav,1,2,3\n", "line 2: expected 3 fields"),
        ("file,start,end\na.wav,1,soon\n", "line 2: 'soon', expected seconds"),
        ("file,start,end\n,1,2\n", "line 2: no audio file in it"),
        ('file,start,end\n"a.wav,1,2\n', "not a table"),
        ("file,start,end\na.wav,2,1\n", "line 2: ends at 1 s before it starts at 2 s"),
    ],
)
def test_faults(make_corpus, text: str, expected: str) -> None:
    with pytest.raises(VadError, match=expected):
        read_corpus(make_corpus(CARD, {"a.wav": 2, "x.csv": text}))


def test_a_column_of_the_card_that_is_not_there(make_corpus) -> None:
    text = pd.DataFrame(ROWS).to_csv(index=False)
    with pytest.raises(VadError, match="no column 'wav', expected one of filename, onset, offset"):
        read_corpus(make_corpus(CARD + "columns: {audio: wav}\n", {"a.wav": 2, "x.csv": text}))


def test_a_recording_with_a_faulty_row_is_left_out(make_corpus) -> None:
    text = pd.DataFrame(ROWS).to_csv(index=False) + "a.wav,x,2\n"
    faults = Faults()
    files = {"a.wav": 2, "b.wav": 2, "x.csv": text}
    assert [r.name for r in read_corpus(make_corpus(CARD, files), faults)] == ["b"]
    assert [fault.reason for fault in faults.entries] == ["line 5: 'x', expected seconds"]
