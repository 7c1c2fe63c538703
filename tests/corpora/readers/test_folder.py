"""Unlabelled files: what they are called, where they may lie."""

import pickle
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from vad.corpora import read_corpus
from vad.errors import VadError

CARD = "reader: folder\nrole: rir\nsplit: {train: '*'}\n"
NAMES = ["two words", "дом/звонок", "会议", "☎️ 'q\"", "a.b.c"]


def test_files_are_recordings_without_speech(make_corpus, whole) -> None:
    files = {f"{name}.flac": 0.5 for name in NAMES}
    recordings = read_corpus(make_corpus(CARD + "audio: '**/*.flac'\n", files))
    assert [r.name for r in recordings] == sorted(NAMES)
    for recording in recordings:
        audio = whole(pickle.loads(pickle.dumps(recording)), 8000)  # noqa: S301 (our own)
        assert recording.role == "rir"
        assert recording.duration_s == 0.5
        assert audio.samples.shape == (4000,)
        assert audio.speech.shape == (0, 2)
        assert audio.annotated.tolist() == [[0, 0.5]]


def test_links_inside_the_folder_are_followed(make_corpus, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    soundfile.write(tmp_path / "elsewhere" / "x.wav", np.zeros(100), 16000)
    folder = make_corpus(CARD + "audio: '**/*.wav'\n", {})
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    assert [r.name for r in read_corpus(folder)] == ["linked/x"]


@pytest.mark.parametrize("pattern", ["../other/*.wav", "{root}/other/*.wav"])
def test_outside_only_when_the_card_allows_it(make_corpus, pattern: str) -> None:
    root = make_corpus(CARD, {"x.wav": 0.1}, name="other").parent
    card = f"{CARD}audio: {pattern.format(root=root)}\n"
    with pytest.raises(VadError, match=r"'audio': .* is outside .*'allow_outside: true'"):
        read_corpus(make_corpus(card, {}))
    assert [r.name for r in read_corpus(make_corpus(card + "allow_outside: true\n", {}))] == [
        "other/x"
    ]


def test_nothing_matches(make_corpus) -> None:
    with pytest.raises(VadError, match=r"'audio' is '\*.ogg', no such file"):
        read_corpus(make_corpus(CARD + "audio: '*.ogg'\n", {"a.wav": 0.1}))


def test_two_files_of_one_name(make_corpus) -> None:
    files = {"a.wav": 0.1, "a.flac": 0.1, "b.wav": 0.1}
    with pytest.raises(VadError, match="2 recordings are called 'a', expected one"):
        read_corpus(make_corpus(CARD + "audio: '?.*a*'\n", files))


def test_file_that_is_not_audio(make_corpus) -> None:
    with pytest.raises(VadError, match=r"a\.txt: cannot be read as audio"):
        read_corpus(make_corpus(CARD + "audio: '*.txt'\n", {"a.txt": "words"}))


def test_a_link_that_leads_nowhere(make_corpus, tmp_path: Path) -> None:
    folder = make_corpus(CARD + "audio: '*.wav'\n", {})
    (folder / "a.wav").symlink_to(tmp_path / "gone.wav")
    with pytest.raises(VadError, match=r"a\.wav: no such audio file"):
        read_corpus(folder)


SHARES = "reader: folder\nrole: noise\naudio: '**/*.wav'\nsplit: {val: 0.2, test: 0.2}\n"


def splits_by(recordings: list, part: Callable[[str], str]) -> dict[str, set[str]]:
    splits = defaultdict(set)
    for recording in recordings:
        splits[part(recording.name)].add(recording.split)
    return splits


def test_ten_folders_are_kinds_and_none_is_in_two_splits(make_corpus) -> None:
    files = {f"kind{kind}/{number}.wav": 0.1 for kind in range(10) for number in range(3)}
    recordings = read_corpus(make_corpus(SHARES, files))
    splits = splits_by(recordings, lambda name: name.split("/")[0])
    assert all(len(own) == 1 for own in splits.values())
    assert set().union(*splits.values()) == {"train", "val", "test"}


def test_fewer_folders_are_shared_out_by_recording(make_corpus) -> None:
    files = {f"kind{kind}/{number}.wav": 0.1 for kind in range(2) for number in range(20)}
    recordings = read_corpus(make_corpus(SHARES, files))
    splits = splits_by(recordings, lambda name: name.split("/")[0])
    assert any(len(own) > 1 for own in splits.values())


def test_kinds_may_stand_in_the_names(make_corpus) -> None:
    files = {f"{number}-{kind}.wav": 0.1 for kind in range(6) for number in range(4)}
    recordings = read_corpus(make_corpus(SHARES + "kind: '-([0-9])$'\n", files))
    splits = splits_by(recordings, lambda name: name[-1])
    assert all(len(own) == 1 for own in splits.values())
    assert set().union(*splits.values()) == {"train", "val", "test"}


def test_a_name_without_a_kind_is_named(make_corpus) -> None:
    with pytest.raises(VadError, match="no kind in the name 'x', expected a match of 'kind'"):
        read_corpus(make_corpus(SHARES + "kind: '-([0-9])$'\n", {"x.wav": 0.1, "a-1.wav": 0.1}))
