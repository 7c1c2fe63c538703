"""Cards, splits and the checks that every reader shares; the examples in the documentation."""

import re
import textwrap
from collections import Counter
from pathlib import Path

import pytest

from vad.corpora import load_card, read_corpora, read_corpus, reader_modules
from vad.errors import VadError
from vad.faults import Faults

NOISE = 'reader: folder\nrole: noise\naudio: "**/*.wav"\n'
README = Path(__file__).parents[2] / "data" / "README.md"
EXAMPLES = re.findall(
    r"^    # data/raw/(\w+)/corpus\.yaml\n((?:    .*\n)+)", README.read_text(encoding="utf-8"), re.M
)


@pytest.mark.parametrize(("name", "text"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_example_in_the_documentation_is_a_card(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name / "corpus.yaml"
    path.parent.mkdir()
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    assert load_card(path).name == name


def test_every_reader_has_an_example() -> None:
    names = {re.search(r"reader: (\w+)", text)[1] for _, text in EXAMPLES}
    assert names == set(reader_modules())


def test_example_of_the_demo_is_the_demo(tmp_path: Path) -> None:
    path = tmp_path / "demo" / "corpus.yaml"
    path.parent.mkdir()
    path.write_text(textwrap.dedent(dict(EXAMPLES)["demo"]), encoding="utf-8")
    shipped = load_card(README.parent / "raw" / "demo" / "corpus.yaml")
    assert load_card(path).model_dump(exclude={"citation"}) == shipped.model_dump(
        exclude={"citation"}
    )


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        (NOISE + "license: x\n", r"unknown key 'license', expected one of name, reader, licence,"),
        ("reader: folder\nrole: noise\n", "'audio' is missing"),
        ("audio: x\n", "'reader' is None, expected one of .*folder, jsonl"),
        ("reader: card\n", "'reader' is 'card', expected one of audacity,"),
        ("reader: [rttm]\n", r"'reader' is \['rttm'\], expected one of audacity,"),
        ("reader: folder\naudio: x\n", "'role' is missing"),
        ("reader: folder\naudio: x\nrole: speech\n", "'role' is 'speech', expected 'noise' or"),
        (NOISE + "channel: -1\n", "'channel' is -1, expected a channel, from 0 on, or 'each'"),
        (NOISE + "allow_outside: maybe\n", "'allow_outside' is 'maybe', expected a valid bool"),
        (NOISE + "speaker: '[a'\n", "'speaker' is '.a', expected a regular expression"),
        (NOISE + "speaker: abc\n", "'speaker' is 'abc', expected one group"),
        (NOISE + "split: {val: 1.5}\n", r"'split.val' is 1.5, expected a share from 0 to 1, or"),
        (NOISE + "split: {val: 0.6, test: 0.6}\n", "expected shares that add up to 1"),
        (NOISE + "split: {train: 0.5, val: 0.1}\n", "expected shares that add up to 1"),
        (NOISE + "split: {val: 0.6, test: 'x'}\n", "expected shares for val and test, or pat"),
        (NOISE + "split: {dev: x}\n", "unknown key 'split.dev', expected one of train, val, test"),
        ("reader: [\n", "not valid YAML"),
    ],
)
def test_fault_in_a_card(make_corpus, card: str, expected: str) -> None:
    folder = make_corpus(card, {})
    with pytest.raises(VadError, match=expected) as fault:
        load_card(folder / "corpus.yaml")
    assert str(fault.value).startswith(f"{folder / 'corpus.yaml'}: ")
    assert "\n" not in str(fault.value)


def test_two_faults_are_two_lines(make_corpus) -> None:
    folder = make_corpus("reader: folder\nrole: music\n", {})
    with pytest.raises(VadError) as fault:
        load_card(folder / "corpus.yaml")
    lines = str(fault.value).splitlines()
    assert len(lines) == 2
    assert all(str(folder) in line for line in lines)


def test_name_is_the_folders(make_corpus) -> None:
    folder = make_corpus(NOISE, {"a.wav": 1})
    folder.rename(folder.parent / "other")
    with pytest.raises(VadError, match="'name' is 'calls', expected its folder's, 'other'"):
        read_corpora(folder.parent, None)


def test_general_is_the_name_of_what_prepare_adds(make_corpus) -> None:
    folder = make_corpus(NOISE, {}, name="rehearsal")
    with pytest.raises(VadError, match=r"rehearsal/corpus\.yaml: 'name' is 'rehearsal', expected"):
        load_card(folder / "corpus.yaml")


def test_corpora_are_chosen_and_sorted(make_corpus) -> None:
    root = make_corpus(NOISE, {"b.wav": 1, "a.wav": 1}, name="two").parent
    make_corpus(NOISE, {"c.wav": 1}, name="one")
    assert [(r.corpus, r.name) for r in read_corpora(root, None)] == [
        ("one", "c"),
        ("two", "a"),
        ("two", "b"),
    ]
    assert [r.name for r in read_corpora(root, ("two",))] == ["a", "b"]
    with pytest.raises(VadError, match=r"no corpus 'six' \(prepare.corpora\), .* one, two"):
        read_corpora(root, ("six",))


def test_no_corpora(tmp_path: Path) -> None:
    with pytest.raises(VadError, match=r"no corpus, expected a folder with a corpus\.yaml"):
        read_corpora(tmp_path, None)


def test_splits_by_pattern(make_corpus) -> None:
    split = 'split: {train: "a/*", val: [b/1, b/2], test: "c*"}\n'
    files = dict.fromkeys(["a/x/1.wav", "b/1.wav", "b/2.wav", "b/3.wav", "c/1.wav"], 0.1)
    recordings = read_corpus(make_corpus(NOISE + split, files))
    expected = {"a/x/1": "train", "b/1": "val", "b/2": "val", "c/1": "test"}
    assert {r.name: r.split for r in recordings} == expected


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ("{train: 'a*', test: '*b'}", "recording 'ab' matches the patterns of train and test"),
        ("{train: 'a*', test: 'x*'}", r"'split.test' is x\*, no recording has such a name"),
    ],
)
def test_fault_in_splits_by_pattern(make_corpus, split: str, expected: str) -> None:
    folder = make_corpus(f"{NOISE}split: {split}\n", {"ab.wav": 0.1})
    with pytest.raises(VadError, match=expected):
        read_corpus(folder)


def test_splits_by_share_follow_the_shares_and_stay(make_corpus) -> None:
    files = {f"{number}.wav": 0.01 for number in range(400)}
    folder = make_corpus(NOISE + "split: {val: 0.2, test: 0.3}\n", files)
    before = {r.name: r.split for r in read_corpus(folder)}
    counts = Counter(before.values())
    # Three standard deviations of a binomial count of 400 are at most 30.
    assert abs(counts["test"] - 120) < 30
    assert abs(counts["val"] - 80) < 30
    (folder / "0.wav").unlink()
    after = {r.name: r.split for r in read_corpus(folder)}
    assert after == {name: before[name] for name in after}


SPEAKER = "speaker: ^(.+?)[-_]\n"
RTTM = f"reader: rttm\naudio: '*.wav'\nlabels: '*.rttm'\n{SPEAKER}"


def labelled(names: list[str]) -> dict[str, str | float]:
    turns = "".join(f"SPEAKER {n} 1 0 0.05 <NA> <NA> x <NA> <NA>\n" for n in names)
    return {"a.rttm": turns} | {f"{name}.wav": 0.1 for name in names}


def test_a_speaker_is_in_one_split(make_corpus) -> None:
    names = [f"s{speaker}-{take}" for speaker in range(30) for take in range(3)]
    recordings = read_corpus(make_corpus(RTTM + "split: {val: .3, test: .3}\n", labelled(names)))
    assert len({(r.speaker, r.split) for r in recordings}) == 30
    assert {r.split for r in recordings} == {"train", "val", "test"}


def test_a_speaker_in_two_splits(make_corpus) -> None:
    split = "split: {train: '*-1', test: '*-2'}\n"
    folder = make_corpus(RTTM + split, labelled(["ann-1", "ann-2"]))
    with pytest.raises(VadError, match=r"speaker 'ann' is in train \(ann-1\) and in test"):
        read_corpus(folder)


def test_speakers_that_the_card_tells_apart_later_may_be_in_two_splits(make_corpus) -> None:
    names = [f"s{number % 3}-{number}" for number in range(30)]
    unknown = RTTM.replace(SPEAKER, "") + "split: {val: .3, test: .3}\n"
    read_corpus(make_corpus(unknown, labelled(names)))
    folder = make_corpus(RTTM + "split: {val: .3, test: .3}\n", {})
    with pytest.raises(VadError, match=r"expected one split: remove splits\.yaml to share out"):
        read_corpus(folder)


def test_a_name_without_speaker(make_corpus) -> None:
    folder = make_corpus(RTTM, labelled(["ann-1", "bob"]))
    with pytest.raises(VadError, match="no speaker in the name 'bob', expected a match of"):
        read_corpus(folder)


def test_an_empty_label_file_is_not_a_wrong_split(make_corpus) -> None:
    folder = make_corpus("reader: jsonl\nlabels: x.jsonl\n", {"x.jsonl": ""})
    with pytest.raises(VadError, match="calls: no recordings, expected some in the files"):
        read_corpus(folder)


def test_two_recordings_in_one_file_are_one_fault(make_corpus) -> None:
    rows = '{"audio": "a.wav", "segments": [[0, 1]]}\n' * 2
    faults = Faults()
    read_corpus(
        make_corpus("reader: jsonl\nlabels: x.jsonl\n", {"a.wav": 2, "x.jsonl": rows}), faults
    )
    (fault,) = faults.entries
    assert fault.reason == "2 recordings are called 'a', expected one"
