"""Label files for many recordings: CTM, AVA-Speech, and what a broken line leaves out."""

import pytest

from vad.corpora import read_corpus
from vad.errors import VadError
from vad.faults import Faults

REST = "audio: '**/*.wav'\nsplit: {train: '*'}\n"
CTM = "reader: ctm\nlabels: '*.ctm'\n" + REST
AVA = "reader: ava_speech\nlabels: '*.csv'\n" + REST
RTTM = "reader: rttm\nlabels: '*.rttm'\n" + REST


def turn(file_id: str, start: object, duration: object) -> str:
    return f"SPEAKER {file_id} 1 {start} {duration} <NA> <NA> ann <NA> <NA>\n"


def test_ctm(make_corpus) -> None:
    ctm = (
        ";; words\r\na A 0.25 0.25 hello 0.98\r\na A * * <ALT_BEGIN>\r\na A 0.5 0.25 there\r\n"
        "a A 0.75 0.5 <eps>\r\nb 1 0.5 0.5 yes NA lex ann\r\n"
    )
    one, two = read_corpus(make_corpus(CTM, {"a.wav": 2, "b.wav": 1, "x.ctm": ctm}))
    assert one.speech.tolist() == [[0.25, 0.75]]
    assert two.speech.tolist() == [[0.5, 1]]
    assert one.annotated.tolist() == [[0, 2]]


def test_ava_speech(make_corpus) -> None:
    csv = (
        "_-x1,0.5,0.75,NO_SPEECH\n_-x1,0.75,1.0,CLEAN_SPEECH\n_-x1,1.0,1.25,SPEECH_WITH_MUSIC\n"
        '"_-x1",1.25,1.5,"SPEECH_WITH_NOISE"\n_-x1,1.5,1.75,NO_SPEECH\nb,0,1,NO_SPEECH\n'
    )
    files = {"_-x1.wav": 2, "b.wav": 1, "ava.csv": csv}
    one, silent = read_corpus(make_corpus(AVA, files))
    assert one.speech.tolist() == [[0.75, 1.5]]
    assert one.annotated.tolist() == [[0.5, 1.75]]
    assert silent.speech.shape == (0, 2)


@pytest.mark.parametrize(
    ("card", "name", "text", "expected"),
    [
        (CTM, "x.ctm", "a A 0.5 1\n", "line 1: 'a A 0.5 1', expected 'waveform channel"),
        (CTM, "x.ctm", "a A 0.5 x word\n", "line 1: 'x', expected seconds"),
        (CTM, "x.ctm", "b A 0.5 1 x\n", "line 1: no audio file of 'b'"),
        (AVA, "x.csv", "a,0,1,SPEECH\n", "line 1: label 'SPEECH', expected one of CLEAN_SPEECH"),
        (AVA, "x.csv", "a,0,1\n", "line 1: 'a,0,1', expected 'youtube_id,start,end,label'"),
        (AVA, "x.csv", 'a,0,1,"x\n', "line 1: .* is not csv"),
        (
            AVA,
            "x.csv",
            "a,0,1,NO_SPEECH\na,0.5,1,CLEAN_SPEECH\n",
            "line 2: starts at 0.5 s before the one above ends, 1 s",
        ),
        (AVA, "x.csv", "b,0,1,NO_SPEECH\n", "a.wav: expected 'a' in a file of 'labels'"),
    ],
)
def test_fault(make_corpus, card: str, name: str, text: str, expected: str) -> None:
    with pytest.raises(VadError, match=expected):
        read_corpus(make_corpus(card, {"a.wav": 2, name: text}))


@pytest.mark.parametrize(
    ("broken", "left"),
    [
        (turn("a", "soon", 1), ["b", "c"]),
        (turn("a", 1, 9), ["b", "c"]),
        ("SPEAKER\n", ["c"]),
        ("what is this\n", ["c"]),
        (turn("nobody", 0, 1), ["a", "b", "c"]),
    ],
)
def test_no_recording_is_used_with_a_part_of_its_labels(
    make_corpus, broken: str, left: list[str]
) -> None:
    files = {f"{name}.wav": 2.0 for name in "abc"} | {"c.rttm": turn("c", 0, 1)}
    files |= {"ab.rttm": turn("a", 0, 1) + broken + turn("b", 0, 1)}
    faults = Faults()
    assert [r.name for r in read_corpus(make_corpus(RTTM, files), faults)] == left
    assert len(faults.entries) == 1
    assert faults.entries[0].reason.startswith("line 2: ")


def test_a_recording_without_lines_may_be_that_of_the_broken_one(make_corpus) -> None:
    card = RTTM + "annotated: x.uem\n"
    files = {"a.wav": 2.0, "b.wav": 2.0, "x.rttm": "??\n", "y.rttm": turn("b", 0, 1)}
    files |= {"x.uem": "a 1 0 2\nb 1 0 2\n"}
    faults = Faults()
    assert [r.name for r in read_corpus(make_corpus(card, files), faults)] == ["b"]
    assert [fault.reason[:6] for fault in faults.entries] == ["line 1"]


def test_all_faults_are_listed_at_once_and_sorted(make_corpus) -> None:
    files = {f"{name}.wav": 2.0 for name in "abcd"}
    lines = turn("b", 1, "x") + turn("a", 1, 5) + turn("a", 3, 5) + turn("d", 0, 1)
    folder = make_corpus(RTTM, files | {"x.rttm": lines})
    (folder / "d.wav").write_bytes(b"RIFF")
    with pytest.raises(VadError) as fault:
        read_corpus(folder)
    lines_shown = [line.removeprefix(f"{folder}/") for line in str(fault.value).splitlines()]
    assert lines_shown == sorted(lines_shown)
    assert [line[:16] for line in lines_shown] == [
        "c.wav: expected ",
        "d.wav: cannot be",
        "x.rttm: line 1: ",
        "x.rttm: line 3: ",
    ]
