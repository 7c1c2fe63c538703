"""Tables as upstream's tuning script wants them, written by pandas."""

from pathlib import Path

import pandas as pd
import pytest

from vad.corpora import read_corpus
from vad.errors import VadError

CARD = "reader: silero_feather\ntable: '*.feather'\nsilent_recordings: true\nsplit: {train: '*'}\n"
SPEECH = [{"start": 0.5, "end": 1.0}, {"start": 1, "end": 1.25}, {"start": 1.5, "end": 2}]


def make(make_corpus, columns: dict[str, list], card: str = CARD) -> Path:
    folder = make_corpus(card, {"a.wav": 2, "звонок два.wav": 2})
    pd.DataFrame(columns).to_feather(folder / "train.feather")
    return folder


@pytest.mark.parametrize("column", ["speech_ts", "speech_timings"])
def test_both_column_names(make_corpus, whole, column: str) -> None:
    columns = {"audio_path": ["a.wav", "звонок два.wav"], column: [SPEECH, []], "other": [1, 2]}
    first, second = read_corpus(make(make_corpus, columns))
    assert whole(first, 16000).speech.tolist() == [[0.5, 1.25], [1.5, 2]]
    assert second.name == "звонок два"
    assert whole(second, 16000).speech.shape == (0, 2)
    assert whole(second, 16000).annotated.tolist() == [[0, 2]]


@pytest.mark.parametrize("path", ["{folder}/a.wav", "../calls/a.wav"])
def test_outside_only_when_the_card_allows_it(make_corpus, path: str) -> None:
    folder = make(make_corpus, {"audio_path": ["a.wav"], "speech_ts": [SPEECH]})
    columns = {"audio_path": [path.format(folder=folder)], "speech_ts": [SPEECH]}
    with pytest.raises(VadError, match=r"train.feather: row 0: .* outside .*'allow_outside: true'"):
        read_corpus(make(make_corpus, columns))
    recordings = read_corpus(make(make_corpus, columns, CARD + "allow_outside: true\n"))
    assert [r.name for r in recordings] == ["a"]


@pytest.mark.parametrize(
    ("paths", "speech", "expected"),
    [
        (["a.wav"], [[{"start": 1, "end": 3}]], "row 0: from 1 to 3 s, expected within"),
        (["a.wav"], [[{"start": 1, "end": 0}]], "row 0: ends at 0 s before it starts at 1 s"),
        (["a.wav"], [[{"start": 1}]], "row 0: .*, expected {'start': s, 'end': s} in seconds"),
        (["a.wav"], [[{"start": 1, "end": "2"}]], "row 0: .*, expected {'start'"),
        (["a.wav"], [[[1, 2, 3]]], r"row 0: .*\[1, 2, 3\], expected {'start'"),
        (["a.wav"], [None], "row 0: 'speech_ts' is None, expected a list"),
        (["a.wav", None], [SPEECH, SPEECH], "row 1: 'audio_path' is None, expected a path"),
        (["a.wav", "b.wav"], [SPEECH, SPEECH], r"b\.wav: no such audio file"),
        (["a.wav", "a.wav"], [SPEECH, SPEECH], "2 recordings are called 'a'"),
    ],
)
def test_fault_in_a_row(make_corpus, paths: list, speech: list, expected: str) -> None:
    folder = make(make_corpus, {"audio_path": paths, "speech_ts": speech})
    with pytest.raises(VadError, match=expected):
        read_corpus(folder)


@pytest.mark.parametrize("columns", [["audio_path"], ["speech_ts"], ["path", "speech"]])
def test_missing_column(make_corpus, columns: list[str]) -> None:
    folder = make(make_corpus, {column: ["x"] for column in columns})
    with pytest.raises(VadError, match="expected 'audio_path' and one of speech_ts and speech_ti"):
        read_corpus(folder)


def test_not_a_table(make_corpus) -> None:
    folder = make_corpus(CARD, {"x.feather": "audio_path,speech_ts\n"})
    with pytest.raises(VadError, match=r"x.feather: cannot be read as a Feather table"):
        read_corpus(folder)
