"""RTTM and UEM written by their definition, and every fault in them."""

import contextlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vad.corpora import read_corpus
from vad.corpora.file_ids import parse_region
from vad.corpora.readers.rttm import parse_turn
from vad.errors import VadError

CARD = "reader: rttm\naudio: '**/*.wav'\nlabels: '**/*.rttm'\nsplit: {train: '*'}\n"
UEM = "annotated: '*.uem'\n"


def turn(file_id: str, start: object, duration: object) -> str:
    return f"SPEAKER {file_id} 1 {start} {duration} <NA> <NA> ann <NA> <NA>\n"


def test_turns_are_united_and_shared_out_by_file_id(make_corpus, whole) -> None:
    rttm = (
        ";; a comment\r\n"
        "SPKR-INFO a 1 <NA> <NA> <NA> unknown ann <NA> <NA>\r\n"
        + turn("a", 0.5, 1)
        + turn("b", 0.25, 0.5)
        + turn("a", 1.2, 0.5)
        + turn("a", 1.9, "0")
        + "\n"
    )
    recordings = read_corpus(make_corpus(CARD, {"x/a.wav": 2, "b.wav": 1, "all.rttm": rttm}))
    audio = {r.name: whole(r, 16000) for r in recordings}
    assert audio["x/a"].speech.tolist() == [[0.5, 1.7]]
    assert audio["b"].speech.tolist() == [[0.25, 0.75]]
    assert audio["b"].annotated.tolist() == [[0, 1]]


def test_uem_bounds_what_is_annotated_and_lists_silent_files(make_corpus, whole) -> None:
    files = {"a.wav": 2, "b.wav": 2, "a.rttm": turn("a", 0.5, 1)}
    uem = "a 1 0.25 1\na NA 1.5 2.0\nb 1 0 2\n"
    recordings = read_corpus(make_corpus(CARD + UEM, files | {"all.uem": uem}))
    speaking, silent = (whole(r, 16000) for r in recordings)
    assert speaking.annotated.tolist() == [[0.25, 1], [1.5, 2]]
    assert silent.speech.shape == (0, 2)
    assert silent.annotated.tolist() == [[0, 2]]


def test_up_to_50_ms_over_the_end_are_cut_off(make_corpus, whole) -> None:
    files = {"a.wav": 2, "a.rttm": turn("a", 1.5, 0.549)}
    assert whole(read_corpus(make_corpus(CARD, files))[0], 8000).speech.tolist() == [[1.5, 2]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_encodings(make_corpus, whole, encoding: str) -> None:
    folder = make_corpus(CARD, {"grüße.wav": 1})
    (folder / "a.rttm").write_bytes(turn("grüße", 0, 1).encode(encoding))
    assert whole(read_corpus(folder)[0], 8000).speech.tolist() == [[0, 1]]


@pytest.mark.parametrize(
    ("rttm", "expected"),
    [
        (
            turn("a", 1, 1.06),
            r"a.rttm: line 1: from 1 to 2.06 s, expected .*a.wav, 0 to 2 s",
        ),
        (turn("a", -0.1, 1), r"a.rttm: line 1: from -0.1 to 0.9 s, expected within"),
        (
            turn("a", 1, 0.1) + turn("a", 1, -0.5),
            r"a.rttm: line 2: ends at 0.5 s before it starts",
        ),
        (turn("a", "nan", 1), r"a.rttm: line 1: 'nan', expected seconds"),
        (turn("a", "soon", 1), r"a.rttm: line 1: 'soon', expected seconds"),
        (
            turn("a", 1, 0.5) + turn("c", 1, 1),
            r"a.rttm: line 2: no audio file of 'c': in .*'file_id' finds ids",
        ),
        (
            turn("two words", 1, 0.5),
            r"a.rttm: line 1: 'SPEAKER two words .*no space inside",
        ),
        (
            "a 0 1\n",
            r"a.rttm: line 1: 'a 0 1' is of type 'a', expected 'SPEAKER file",
        ),
        (";; none\n", r"a.wav: expected 'a' in a file of 'labels', found it in none"),
    ],
)
def test_fault_in_rttm(make_corpus, rttm: str, expected: str) -> None:
    folder = make_corpus(CARD, {"a.wav": 2, "a.rttm": rttm})
    with pytest.raises(VadError, match=expected) as fault:
        read_corpus(folder)
    assert str(fault.value).startswith(str(folder))


@pytest.mark.parametrize(
    ("uem", "expected"),
    [
        ("a 1 0 3\n", r"a.uem: line 1: from 0 to 3 s, expected within"),
        ("a 1 1 0\n", r"a.uem: line 1: ends at 0 s before it starts at 1 s"),
        ("a 1 1\n", r"a.uem: line 1: 'a 1 1', expected 'file channel start end'"),
        ("b 1 0 1\n", r"a.uem: line 1: no audio file of 'b'"),
        ("", r"a.wav: expected 'a' in a file of 'annotated', found it in none"),
    ],
)
def test_fault_in_uem(make_corpus, uem: str, expected: str) -> None:
    files = {"a.wav": 2, "a.rttm": turn("a", 0.5, 1), "a.uem": uem}
    with pytest.raises(VadError, match=expected):
        read_corpus(make_corpus(CARD + UEM, files))


def test_two_files_of_one_id(make_corpus) -> None:
    files = {"x/a.wav": 1, "y/a.wav": 1, "a.rttm": turn("a", 0, 1)}
    with pytest.raises(VadError, match=r"y/a.wav: file id 'a' is also that of .*x/a.wav"):
        read_corpus(make_corpus(CARD, files))


def test_recordings_in_no_split_need_no_labels(make_corpus) -> None:
    card = CARD.replace("'*'}", "'x/*'}")
    files = {"x/a.wav": 1, "y/b.wav": 1, "a.rttm": turn("a", 0, 1)}
    assert [r.name for r in read_corpus(make_corpus(card, files))] == ["x/a"]


words = st.one_of(st.text(), st.sampled_from(["SPEAKER", "a", "1", "-1", "1e400", "nan", "<NA>"]))


@given(st.lists(words, min_size=1).map(" ".join).filter(str.strip))
def test_no_line_raises_anything_but_our_error(line: str) -> None:
    for parse in (parse_turn, parse_region):
        with contextlib.suppress(VadError):
            parse(line)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(st.integers(0, 2000), unique=True, min_size=2, max_size=40))
def test_disjoint_intervals_survive(make_corpus, whole, bounds_ms: list[int]) -> None:
    bounds = sorted(bounds_ms)[: len(bounds_ms) // 2 * 2]
    intervals = np.array(bounds).reshape(-1, 2) / 1000
    rttm = "".join(turn("a", start, f"{end - start:.3f}") for start, end in intervals)
    folder = make_corpus(CARD, {"a.wav": 2, "a.rttm": rttm})
    # Start plus duration is rounded in the last bit.
    speech = whole(read_corpus(folder)[0], 8000).speech
    assert np.allclose(speech, intervals, rtol=0, atol=1e-9)
