"""Quotas by the order of a hash: no split is empty, and no recording ever moves."""

import errno
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vad.corpora import read_corpus
from vad.corpora.card import Splits
from vad.corpora.splits import by_quota, read_splits
from vad.errors import VadError
from vad.faults import Faults
from vad.schema import LARGEST_FILE

NOISE = "reader: folder\nrole: noise\naudio: '*.wav'\n"
TENTHS = Splits(val=0.1, test=0.1)


def names(count: int) -> dict[str, str]:
    return {str(number): str(number) for number in range(count)}


@pytest.mark.parametrize(
    ("count", "val", "test"),
    [(1, 0, 0), (2, 1, 0), (3, 1, 1), (4, 1, 1), (6, 1, 2), (10, 2, 3), (16, 3, 5), (40, 4, 5)],
)
def test_small_corpora_fill_every_split(count: int, val: int, test: int) -> None:
    counts = Counter(by_quota("corpus", names(count), TENTHS, {}).values())
    assert (counts["val"], counts["test"], counts["train"]) == (val, test, count - val - test)


def test_large_corpora_follow_the_shares_exactly() -> None:
    counts = Counter(by_quota("corpus", names(1000), Splits(val=0.2, test=0.3), {}).values())
    assert (counts["val"], counts["test"]) == (200, 300)


def test_a_share_of_0_gives_none_and_of_1_all() -> None:
    assert set(by_quota("corpus", names(9), Splits(val=0.3), {}).values()) == {"train", "val"}
    assert set(by_quota("corpus", names(9), Splits(test=1.0), {}).values()) == {"test"}


@given(first=st.integers(1, 60), later=st.integers(0, 60))
def test_nothing_moves_when_recordings_are_added(first: int, later: int) -> None:
    before = by_quota("corpus", names(first), TENTHS, {})
    after = by_quota("corpus", names(first + later), TENTHS, before)
    assert {name: after[name] for name in before} == before
    if first + later >= 3 and later:
        assert set(after.values()) >= {"train"} or set(before.values()) != {"train"}


def test_speakers_stay_together_and_are_what_is_counted() -> None:
    units = {f"{speaker}-{take}": str(speaker) for speaker in range(8) for take in range(5)}
    splits = by_quota("corpus", units, TENTHS, {})
    of_speaker = {(unit, splits[name]) for name, unit in units.items()}
    assert len(of_speaker) == 8
    assert Counter(split for _, split in of_speaker) == {"test": 2, "val": 1, "train": 5}


def test_what_the_list_names_stays_where_it_is_whatever_is_kept_together_later() -> None:
    before = by_quota("corpus", names(30), TENTHS, {})
    speakers = {name: f"speaker {int(name) % 3}" for name in before}
    assert by_quota("corpus", speakers, TENTHS, before) == before


def test_a_list_may_be_longer_than_what_people_write(tmp_path) -> None:
    path = tmp_path / "splits.yaml"
    listed = [f"clips/{number:05d}-{'a' * 190}" for number in range(6000)]
    path.write_text("train:\n" + "".join(f"- {name}\n" for name in listed), encoding="utf-8")
    assert path.stat().st_size > LARGEST_FILE
    assert read_splits(path) == dict.fromkeys(listed, "train")


def test_the_list_beside_the_card_keeps_every_recording_in_its_split(make_corpus) -> None:
    files = {f"{number}.wav": 0.01 for number in range(12)}
    folder = make_corpus(NOISE, files)
    faults = Faults()
    before = {r.name: r.split for r in read_corpus(folder, faults)}
    path = folder / "splits.yaml"
    assert faults.notes == [f"{path}: written, commit it with the card so that splits stay"]
    assert read_splits(path) == before
    text = (folder / "splits.yaml").read_text(encoding="utf-8")
    assert text.startswith("# Made by stage prepare beside corpus.yaml: commit it.")
    for name in ("0", "1"):
        (folder / f"{name}.wav").unlink()
    make_corpus(NOISE, {f"new{number}.wav": 0.01 for number in range(9)})
    after = {r.name: r.split for r in read_corpus(folder)}
    assert {name: after[name] for name in before if name in after} == {
        name: before[name] for name in before if name in after
    }
    assert read_splits(folder / "splits.yaml").keys() == before.keys() | after.keys()
    text = (folder / "splits.yaml").read_text(encoding="utf-8")
    read_corpus(folder)
    assert (folder / "splits.yaml").read_text(encoding="utf-8") == text


def test_a_list_that_cannot_be_written_stays_as_it_is(make_corpus, monkeypatch) -> None:
    folder = make_corpus(NOISE, {"a.wav": 0.01})
    read_corpus(folder)
    before = (folder / "splits.yaml").read_bytes()
    make_corpus(NOISE, {"b.wav": 0.01})

    def full(path: Path, *_: object, **__: object) -> None:
        path.write_bytes(b"# Made by")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    faults = Faults()
    assert len(read_corpus(folder, faults)) == 2
    assert (folder / "splits.yaml").read_bytes() == before
    assert faults.notes == [
        f"{folder / 'splits.yaml'}: cannot be written (No space left on device), "
        "splits may move later"
    ]


def test_patterns_write_no_list_and_what_they_leave_out_is_noted(make_corpus) -> None:
    files = {"a.wav": 0.01, "b.wav": 0.01, "c.wav": 0.01}
    faults = Faults()
    folder = make_corpus(NOISE + "split: {train: a}\n", files)
    assert [r.name for r in read_corpus(folder, faults)] == ["a"]
    assert not (folder / "splits.yaml").exists()
    assert faults.notes == [
        "corpus 'calls': 2 of 3 recordings match no pattern of 'split', such as 'b'"
    ]
    assert faults.tally.left_out == {("calls", "no_split"): 2}


def test_a_pattern_may_be_a_name_with_brackets(make_corpus) -> None:
    split = 'split: {train: "Talk [dQw4w9]", test: "Rain [x1]"}\n'
    files = {"Talk [dQw4w9].wav": 0.01, "Rain [x1].wav": 0.01}
    recordings = read_corpus(make_corpus(NOISE + split, files))
    assert {r.name: r.split for r in recordings} == {"Talk [dQw4w9]": "train", "Rain [x1]": "test"}


def test_a_broken_list_is_named(make_corpus) -> None:
    folder = make_corpus(NOISE, {"a.wav": 0.01, "splits.yaml": "dev: [a]\n"})
    with pytest.raises(VadError, match=r"splits\.yaml: expected lists of names under train, val"):
        read_corpus(folder)
