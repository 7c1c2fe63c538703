"""Label files beside audio files: Audacity, .lab, TEN VAD and TextGrid, as their makers do."""

import unicodedata
from pathlib import Path

import pytest

from vad.corpora import read_corpus
from vad.errors import VadError
from vad.faults import Faults

REST = "audio: '**/*.wav'\nlabels: '**/*.{suffix}'\nsplit: {{train: '*'}}\n"
AUDACITY = "reader: audacity\n" + REST.format(suffix="txt")
LAB = "reader: lab\n" + REST.format(suffix="lab")
TEN = "reader: ten_vad\n" + REST.format(suffix="scv")
TEXTGRID = "reader: textgrid\ntier: words\n" + REST.format(suffix="TextGrid")

LONG_TEXTGRID = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 1.75
tiers? <exists>
size = 3
item []:
    item [1]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 1.75
        intervals: size = 4
        intervals [1]:
            xmin = 0
            xmax = 0.25
            text = ""
        intervals [2]:
            xmin = 0.25
            xmax = 0.5
            text = "say 'привет'"
        intervals [3]:
            xmin = 0.5
            xmax = 1
            text = "sp"
        intervals [4]:
            xmin = 1
            xmax = 1.75
            text = "x"
    item [2]:
        class = "IntervalTier"
        name = "words - B"
        xmin = 0
        xmax = 1.75
        intervals: size = 1
        intervals [1]:
            xmin = 0.5
            xmax = 0.75
            text = "y"
    item [3]:
        class = "TextTier"
        name = "clicks"
        xmin = 0
        xmax = 1.75
        points: size = 1
        points [1]:
            number = 0.9
            mark = "x"
""".replace("'", '""').replace("\n", " \n")  # Praat ends lines with a space.
SHORT_TEXTGRID = (
    'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n1.75\n<exists>\n1\n'
    '"IntervalTier"\n"words"\n0\n1.75\n3\n0\n0.25\n"sil"\n0.25\n0.5\n"a"\n0.5\n1.75\n""\n'
)


def test_audacity_regions_points_and_frequencies(make_corpus, whole) -> None:
    track = (
        "0.500000\t1.000000\tyes, it is\r\n"
        "1.200000\t1.200000\ta point\r\n"
        "\\\t6928.456055\t6928.456055\r\n"
        "1.250000\t1.500000\r\n"
        "1,5\t1,75\tdecimal commas\r\n"
        "1.75\t2\tmusic\r\n"
    )
    card = AUDACITY + "silence: [music]\n"
    (recording,) = read_corpus(make_corpus(card, {"a.wav": 2, "a.txt": track}))
    assert whole(recording, 16000).speech.tolist() == [[0.5, 1], [1.25, 1.75]]
    assert recording.annotated.tolist() == [[0, 2]]


def test_lab(make_corpus) -> None:
    lab = "0 0.5 sil\n0.5 1.0 SPEAKER 00\n1.0 1.25 speech\n"
    (recording,) = read_corpus(make_corpus(LAB, {"a.wav": 2, "a.lab": lab}))
    assert recording.speech.tolist() == [[0.5, 1.25]]


@pytest.mark.parametrize("name", ["testset-audio-01", "one,two"])
def test_ten_vad(make_corpus, name: str) -> None:
    scv = f"{name},0,0.5,0,0.5,1.25,1,1.25,1.5,0\n"
    (recording,) = read_corpus(make_corpus(TEN, {f"{name}.wav": 2, f"{name}.scv": scv}))
    assert recording.speech.tolist() == [[0.5, 1.25]]
    assert recording.annotated.tolist() == [[0, 1.5]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_long_textgrid(make_corpus, encoding: str) -> None:
    folder = make_corpus(TEXTGRID, {"a.wav": 2})
    (folder / "a.TextGrid").write_text(LONG_TEXTGRID, encoding=encoding, newline="\r\n")
    (recording,) = read_corpus(folder)
    assert recording.speech.tolist() == [[0.25, 0.5], [1, 1.75]]
    assert recording.annotated.tolist() == [[0, 1.75]]


def test_short_textgrid(make_corpus) -> None:
    (recording,) = read_corpus(make_corpus(TEXTGRID, {"a.wav": 2, "a.TextGrid": SHORT_TEXTGRID}))
    assert recording.speech.tolist() == [[0.25, 0.5]]


def test_tiers_are_united_and_silence_is_the_cards(make_corpus) -> None:
    card = TEXTGRID.replace("tier: words", "tier: [words, words - B]") + "silence: x\n"
    (recording,) = read_corpus(make_corpus(card, {"a.wav": 2, "a.TextGrid": LONG_TEXTGRID}))
    assert recording.speech.tolist() == [[0.25, 0.75]]


@pytest.mark.parametrize(
    ("card", "text", "expected"),
    [
        (AUDACITY, "0.5 1 x\n", "line 1: '0.5 1 x', expected start, end and label with tabs"),
        (AUDACITY, "0.5\tsoon\tx\n", "line 1: 'soon', expected seconds"),
        (AUDACITY, "1\t0.5\tx\n", "line 1: ends at 0.5 s before it starts at 1 s"),
        (AUDACITY, "1\t9\tx\n", "line 1: from 1 to 9 s, expected within"),
        (LAB, "0 1\n", "line 1: '0 1', expected 'start end label'"),
        (LAB, "0 1 a\n\n0.5 2 b\n", "line 3: starts at 0.5 s before the one above ends, 1 s"),
        (TEN, "a,0,1\n", "expected one line, 'name,start,end,label"),
        (TEN, "", "expected one line"),
        (TEN, "a,0,1,2\n", "label '2', expected 1"),
        (TEN, "a,0,1,1,0.5,2,0\n", "segment 2: starts at 0.5 s before the one above"),
        (TEXTGRID, "words", r"cannot be read as a TextGrid"),
        (TEXTGRID, "[1]", r"cannot be read as a TextGrid"),
        (TEXTGRID, LONG_TEXTGRID.replace('"words"', '"w"'), "no tier 'words', expected one of 'w'"),
        (TEXTGRID.replace("words", "clicks"), LONG_TEXTGRID, "tier 'clicks' holds points"),
        (TEXTGRID, LONG_TEXTGRID.replace("xmin = 0.5 ", "xmin = 0.4 "), "before the one above"),
        (AUDACITY, "0\t1\0\n", "not a text, expected UTF-8"),
    ],
)
def test_fault_in_a_label_file(make_corpus, card: str, text: str, expected: str) -> None:
    suffix = card.partition("labels: '**/*.")[2].partition("'")[0]
    folder = make_corpus(card, {"a.wav": 2, f"a.{suffix}": text})
    with pytest.raises(VadError, match=expected) as fault:
        read_corpus(folder)
    assert all(
        line.startswith(f"{folder / 'a'}.{suffix}: ") for line in str(fault.value).splitlines()
    )


def test_label_files_belong_to_the_nearest_audio(make_corpus) -> None:
    files: dict[str, str | float] = {f"audio/{s}/a.wav": 2 for s in ("s1", "s2")}
    files |= {"labels/s1/a.lab": "0 1 x\n", "labels/s2/a.lab": "1 2 x\n"}
    one, two = read_corpus(make_corpus(LAB, files))
    assert (one.speech.tolist(), two.speech.tolist()) == ([[0, 1]], [[1, 2]])


def test_missing_and_lonely_label_files_are_faults_of_their_own(make_corpus) -> None:
    files: dict[str, str | float] = {"a.wav": 2, "b.wav": 2, "d.wav": 2, "x/d.lab": "0 1 x\n"}
    files |= {"b.lab": "0 1 x\n", "c.lab": "0 1 x\n", "d.lab": "0 1 x\n"}
    faults = Faults()
    folder = make_corpus(LAB, files)
    assert [r.name for r in read_corpus(folder, faults)] == ["b"]
    reasons = {Path(fault.file).name: fault.reason for fault in faults.entries}
    assert reasons.pop("c.lab").startswith(
        "expected one audio file of its name, found none: 'file_id' in corpus.yaml finds names"
    )
    assert reasons == {
        "a.wav": "expected one file of 'labels' of its name, found none",
        "d.wav": "expected one file of 'labels' of its name, "
        f"found {folder}/d.lab, {folder}/x/d.lab",
    }


def test_many_missing_files_are_one_fault(make_corpus) -> None:
    files: dict[str, str | float] = {"b.wav": 2, "b.lab": "0 1 x\n"}
    files |= {f"a{n}.wav": 2 for n in range(9)} | {f"c{n}.lab": "0 1 x\n" for n in range(9)}
    faults = Faults()
    read_corpus(make_corpus(LAB, files), faults)
    assert sorted(Path(fault.file).name for fault in faults.entries) == ["a0.wav", "c0.lab"]
    assert "(and 8 more audio files)" in min(faults.entries).reason
    faults = Faults()
    card = LAB + "missing_audio: skip\n"
    read_corpus(make_corpus(card, {name: files[name] for name in files if name[0] != "a"}), faults)
    assert not faults.entries or "a0.wav" in faults.entries[0].file
    assert faults.tally.left_out["calls", "missing_audio"] == 9


def test_names_of_label_files_may_be_a_part_of_those_of_audio(make_corpus) -> None:
    files = {"a.Mix-Headset.wav": 2, "a.lab": "0 1 x\n"}
    card = LAB + "file_id: ^([^.]+)\n"
    (recording,) = read_corpus(make_corpus(card, files))
    assert (recording.name, recording.speech.tolist()) == ("a.Mix-Headset", [[0, 1]])


@pytest.mark.parametrize(("one", "other"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_names_are_compared_in_one_unicode_form(make_corpus, one: str, other: str) -> None:
    audio, labels = (unicodedata.normalize(form, "müller") for form in (one, other))
    (recording,) = read_corpus(make_corpus(LAB, {f"{audio}.wav": 2, f"{labels}.lab": "0 1 x\n"}))
    assert recording.name == unicodedata.normalize("NFC", "müller")


TIERS = LONG_TEXTGRID.replace('"words - B"', '"B - words"').replace('"words"', '"A - words"')


def test_a_pattern_takes_the_tiers_that_a_file_has(make_corpus) -> None:
    card = TEXTGRID.replace("tier: words", "tier: '* - WORDS'")
    (recording,) = read_corpus(make_corpus(card, {"a.wav": 2, "a.TextGrid": TIERS}))
    assert recording.speech.tolist() == [[0.25, 0.75], [1, 1.75]]
    card = TEXTGRID.replace("tier: words", "tier: [A - words, C - words]")
    with pytest.raises(VadError, match=r"no tier 'C - words', .*; a pattern such as '\*' takes"):
        read_corpus(make_corpus(card, {"a.wav": 2, "a.TextGrid": TIERS}))


def test_of_several_tiers_the_part_that_all_annotate_counts(make_corpus) -> None:
    second = TIERS.partition('"B - words"')
    shorter = second[0] + second[1] + second[2].replace("xmin = 0", "xmin = 0.25", 1)
    shorter = shorter.replace("xmax = 1.75", "xmax = 1.5")
    first = shorter.partition("item [2]")
    text = first[0].replace("xmax = 1.5", "xmax = 1.75") + first[1] + first[2]
    card = TEXTGRID.replace("tier: words", "tier: '* - words'")
    (recording,) = read_corpus(make_corpus(card, {"a.wav": 2, "a.TextGrid": text}))
    assert recording.annotated.tolist() == [[0.25, 1.5]]


PRAAT_OPENS = {
    "no space": LONG_TEXTGRID.replace("item [", "item[").replace("intervals [", "intervals["),
    "exponent": LONG_TEXTGRID.replace("xmin = 0 ", "xmin = 5.55e-17 "),
    "comments": LONG_TEXTGRID.replace("xmax = 1.75", "xmax = 1.75 ! 99 seconds"),
    "other words": LONG_TEXTGRID.replace("text =", "the text is").replace("size =", "so many:"),
    "capitals": LONG_TEXTGRID.replace("xmin", "XMIN"),
}


@pytest.mark.parametrize("name", PRAAT_OPENS)
def test_textgrids_that_praat_opens(make_corpus, name: str) -> None:
    (recording,) = read_corpus(make_corpus(TEXTGRID, {"a.wav": 2, "a.TextGrid": PRAAT_OPENS[name]}))
    assert recording.speech.tolist() == [[0.25, 0.5], [1, 1.75]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LONG_TEXTGRID[: LONG_TEXTGRID.index("intervals [3]")], "it ends early, expected a number"),
        (SHORT_TEXTGRID[:-12], "it ends early"),
        (SHORT_TEXTGRID.replace("1.75\n3\n", "1.75\n2\n"), "2 numbers follow its last interval"),
        (SHORT_TEXTGRID.replace("1.75\n3\n", "1.75\n-3\n"), "size of tier 'words' is -3"),
        (
            LONG_TEXTGRID.replace("xmin = 0 ", "xmin = -0.5 "),
            "from -0.5 to 1.75 s",
        ),
        (
            LONG_TEXTGRID.replace("xmax = 0.25", "xmax = -0.25"),
            "ends at -0.25 s before|interval 1: from 0",
        ),
        (SHORT_TEXTGRID.replace("0.5\n1.75", "0.5\n9"), "interval 3: from 0.5 to 9 s"),
        ('{"tiers": [{"class": "IntervalTier", "name": "words"}]}', "cannot be read as a TextGrid"),
    ],
)
def test_a_damaged_textgrid_is_a_fault(make_corpus, text: str, expected: str) -> None:
    with pytest.raises(VadError, match=expected):
        read_corpus(make_corpus(TEXTGRID, {"a.wav": 2, "a.TextGrid": text}))


def test_uem_bounds_what_a_sidecar_annotates(make_corpus) -> None:
    files = {"a.wav": 2, "a.lab": "0.5 1 x\n", "x.uem": "a 1 0.25 1.5\n"}
    (recording,) = read_corpus(make_corpus(LAB + "annotated: x.uem\n", files))
    assert recording.annotated.tolist() == [[0.25, 1.5]]
