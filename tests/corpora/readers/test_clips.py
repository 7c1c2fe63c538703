"""Clips joined to recordings: what is labelled is exactly where the clips are."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from vad.corpora import read_corpus
from vad.errors import VadError
from vad.faults import Faults

CARD = "reader: clips\naudio: '*.wav'\nseconds: 5\ngap_min_s: 0.25\ngap_max_s: 0.75\nseed: 1\n"
ALL = "split: {train: '*'}\n"


@pytest.fixture
def folder(make_corpus) -> Path:
    """Twelve clips of two speakers, each a constant of its own, so that it is clips again."""
    folder = make_corpus(CARD + ALL + "speaker: ^([a-z]+)\n", {})
    for number in range(12):
        clip = np.full(8000 + 1000 * number, 0.01 * (number + 1))
        soundfile.write(folder / f"{'ann' if number % 2 else 'bob'}{number}.wav", clip, 16000)
    return folder


def change(folder: Path, old: str, new: str) -> Path:
    card = folder / "corpus.yaml"
    card.write_text(card.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return folder


def test_labels_are_the_clips_and_gaps_are_as_drawn(folder: Path, whole) -> None:
    clips = []
    for recording in read_corpus(folder):
        audio = whole(recording, 16000)
        assert len(audio.samples) / 16000 == pytest.approx(recording.duration_s, abs=1e-3)
        edges = np.rint(audio.speech * 16000).astype(int)
        is_speech = np.zeros(len(audio.samples), bool)
        for start, end in edges:
            is_speech[start:end] = True
            clips.append((round(float(audio.samples[start]) * 100), int(end - start)))
        assert np.array_equal(audio.samples != 0, is_speech)
        gaps_s = np.diff([0, *edges.ravel(), len(audio.samples)])[::2] / 16000
        assert gaps_s.min() >= 0.25 - 1e-4
        assert gaps_s.max() <= 0.75 + 1e-4
        assert audio.annotated.tolist() == [[0, len(audio.samples) / 16000]]
    assert sorted(clips) == [(number + 1, 8000 + 1000 * number) for number in range(12)]


def test_a_recording_is_of_one_speaker_and_about_as_long_as_said(folder: Path) -> None:
    recordings = read_corpus(folder)
    for recording in recordings:
        assert {clip.name[:3] for clip in recording.clips} == {recording.speaker}
        assert recording.name.startswith(f"train/{recording.speaker}/")
        assert recording.duration_s < 5 + 2 + 0.75
    assert [r.duration_s > 5 for r in recordings].count(False) <= 2


def test_draws_depend_on_the_seed_alone(folder: Path) -> None:
    first, again = read_corpus(folder), read_corpus(folder)
    assert first == again
    other = read_corpus(change(folder, "seed: 1", "seed: 2"))
    assert [r.clips for r in other] != [r.clips for r in first]


def test_levels_are_equal_on_demand(folder: Path, whole) -> None:
    for recording in read_corpus(change(folder, "seed: 1", "seed: 1\nequal_level: true")):
        samples = whole(recording, 16000).samples
        assert np.allclose(samples[samples != 0], 10 ** (-26 / 20), rtol=1e-5)


def test_clips_keep_their_splits(folder: Path) -> None:
    change(folder, ALL, "split: {train: 'ann*', test: 'bob*'}\n")
    assert {(r.split, r.speaker) for r in read_corpus(folder)} == {
        ("train", "ann"),
        ("test", "bob"),
    }


def test_faults(folder: Path) -> None:
    (folder / "ann99.wav").write_bytes(b"no audio")
    faults = Faults()
    recordings = read_corpus(folder, faults)
    assert sum(len(r.clips) for r in recordings) == 12
    assert [Path(fault.file).name for fault in faults.entries] == ["ann99.wav"]
    soundfile.write(folder / "ann99.wav", np.zeros(1000), 16000)
    with pytest.raises(VadError, match=r"ann99\.wav: digital silence, expected speech"):
        [list(recording.blocks(16000)) for recording in read_corpus(folder)]
    with pytest.raises(VadError, match=r"gap_min_s is 0\.9, expected at most gap_max_s, 0\.75"):
        read_corpus(change(folder, "gap_min_s: 0.25", "gap_min_s: 0.9"))
