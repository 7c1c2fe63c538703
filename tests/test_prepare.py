"""The stage on small corpora: what reaches the shards, the tables and the summary."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from stages import prepare
from tests.spoken import sentences
from vad.errors import VadError
from vad.prepared import Prepared
from vad.randomness import generator

RATE = 16000
CARD = """
name: calls
reader: rttm
licence: {licence}
citation: made here
audio: "*.wav"
labels: "*.rttm"
split: {{train: "train*", val: "val*", test: "test*"}}
"""


class Corpus:
    """A corpus of calls of two seconds in which somebody speaks for a part of each."""

    def __init__(self, raw: Path) -> None:
        self.raw, self.folder = raw, raw / "calls"
        self.folder.mkdir(parents=True)
        self.licence = "CC0"
        for name in ("train0", "train1", "val0", "test0"):
            self.add(name, [(0.2, 0.5), (0.9, 0.05), (1.2, 0.6)])

    def add(self, name: str, turns: list[tuple[float, float]], like: str | None = None) -> None:
        noise = generator(like or name).standard_normal(2 * RATE)
        soundfile.write(self.folder / f"{name}.wav", 0.1 * noise, RATE)
        lines = [f"SPEAKER {name} 1 {s} {d} <NA> <NA> ann <NA> <NA>" for s, d in turns]
        (self.folder / f"{name}.rttm").write_text("\n".join(lines) + "\n")

    def prepare(self, params, **changes) -> Prepared:
        (self.folder / "corpus.yaml").write_text(CARD.format(licence=self.licence))
        section = params.prepare.model_copy(update={"rehearsal_minutes": 0} | changes)
        params = params.model_copy(update={"prepare": section})
        prepare.main(self.raw, self.out, self.raw.parent / "prepare.json", params=params)
        return Prepared(self.out)

    @property
    def out(self) -> Path:
        return self.raw.parent / "prepared"

    @property
    def metrics(self) -> dict:
        return json.loads((self.raw.parent / "prepare.json").read_text())


@pytest.fixture
def corpus(tmp_path, monkeypatch) -> Corpus:
    monkeypatch.setenv("VAD_WORKERS", "1")
    return Corpus(tmp_path / "raw")


def speech_s(clip) -> list[list[float]]:
    return np.round(clip.speech / RATE, 3).tolist()


def test_recordings_come_as_they_are_and_copies_keep_their_labels(corpus, params):
    prepared = corpus.prepare(params, augmented_copies=3)
    train = list(prepared.clips("speech", "train"))
    assert sorted({clip.condition for clip in train}) == ["clean", "copy_0", "copy_1", "copy_2"]
    val = {clip.condition for clip in prepared.clips("speech", "val")}
    assert val == {"clean", "copy_0", "copy_1", "copy_2"}
    assert all(speech_s(c) == [[0.2, 0.7], [0.9, 0.95], [1.2, 1.8]] for c in train)
    clean = next(clip for clip in train if clip.condition == "clean")
    samples, _ = soundfile.read(corpus.folder / f"{clean.name}.wav", dtype="int16")
    np.testing.assert_array_equal(clean.samples, samples)


def test_what_counts_as_speech_is_a_parameter(corpus, params):
    prepared = corpus.prepare(params, merge_gap_ms=210, min_speech_ms=100)
    assert speech_s(prepared.clips("speech", "val")[0]) == [[0.2, 0.95], [1.2, 1.8]]
    prepared = corpus.prepare(params, min_speech_ms=100)
    assert speech_s(prepared.clips("speech", "val")[0]) == [[0.2, 0.7], [1.2, 1.8]]


def test_a_second_run_in_one_process_reads_nothing_of_the_first(corpus, params):
    first = corpus.prepare(params).recordings
    corpus.add("train2", [(0.5, 0.5)])
    corpus.add("train1", [(0.5, 0.5)], like="other")
    second = corpus.prepare(params)
    assert len(second.recordings) > len(first)
    changed = next(c for c in second.clips("speech", "train") if c.name == "train1")
    assert speech_s(changed) == [[0.5, 1.0]]


def break_three(corpus: Corpus) -> None:
    corpus.add("train2", [(0.5, 0.5)])
    (corpus.folder / "train2.wav").write_bytes(b"RIFF")
    corpus.add("train3", [(1.5, 1.0)])
    corpus.add("train4", [(0.5, 0.5)])
    soundfile.write(corpus.folder / "train4.wav", np.full(2 * RATE, np.nan), RATE, "FLOAT")


def test_fail_lists_all_faults_sorted_and_leaves_the_outputs(corpus, params):
    corpus.prepare(params)
    before = corpus.metrics
    break_three(corpus)
    with pytest.raises(VadError) as error:
        corpus.prepare(params)
    lines = str(error.value).splitlines()
    assert lines == sorted(lines)
    for name in ("train2", "train3", "train4"):
        assert sum(name in line for line in lines) == 1
    assert corpus.metrics == before
    assert len(Prepared(corpus.out).recordings) > 0


def test_skip_leaves_them_out_and_counts_them(corpus, params):
    expected = corpus.prepare(params).recordings
    break_three(corpus)
    recordings = corpus.prepare(params, on_bad_recording="skip").recordings
    pd.testing.assert_frame_equal(recordings, expected)
    assert corpus.metrics["rejected"] == 3
    rejected = pd.read_csv(corpus.out / "rejected.csv")
    assert len(rejected) == 3
    assert rejected["reason"].str.len().min() > 10


def test_the_same_audio_in_two_splits_is_an_error_that_names_both(corpus, params):
    corpus.add("test1", [(0.5, 0.5)], like="train1")
    with pytest.raises(VadError, match=r"calls/test1 \(test\) and calls/train1 \(train\) hold"):
        corpus.prepare(params)


def test_one_class_alone_is_named(corpus, params):
    corpus.add("val0", [(0, 2)])
    with pytest.raises(VadError, match="split 'val' holds nothing but speech"):
        corpus.prepare(params)


@pytest.mark.parametrize(("licence", "warned"), [("CC BY-NC 4.0", True), ("CC0", False)])
def test_binding_licences_are_told_and_all_are_in_the_summary(
    corpus, params, capsys, licence, warned
):
    corpus.licence = licence
    prepared = corpus.prepare(params)
    assert ("corpus 'calls' is CC BY-NC 4.0: mind its terms" in capsys.readouterr().err) == warned
    assert set(corpus.metrics["licence"].values()) == {licence}
    assert prepared.training_licences == [licence]


def test_the_number_of_copies_is_told(corpus, params):
    corpus.prepare(params, augmented_copies=3, augmented_hours=2 * 4 / 3600)
    assert corpus.metrics["augmented_copies"] == 2


def test_general_speech_has_a_role_of_its_own_and_is_not_copied(corpus, params):
    prepared = corpus.prepare(params, rehearsal_minutes=1, background_speech="ignore")
    spoken = [clip for split in ("train", "val") for clip in prepared.clips("rehearsal", split)]
    assert {(clip.corpus, clip.condition) for clip in spoken} == {("rehearsal", "clean")}
    assert sum(len(clip.samples) for clip in spoken) == 60 * RATE
    assert all(len(clip.speech) for clip in spoken)
    assert not list(prepared.clips("noise", "test"))
    roles = {
        role
        for role in ("speech", "noise", "rir", "rehearsal")
        if any("rehearsal" in corpora for corpora in corpus.metrics.get(role, {}).values())
    }
    assert roles == {"rehearsal", "noise", "rir"}


def test_a_pause_across_the_edge_of_a_block_is_closed(corpus, params):
    """Blocks end at 300 s: here in the middle of a pause, and of a turn of 80 ms."""
    long = np.tile(0.1 * generator("long").standard_normal(20 * RATE), 31)
    soundfile.write(corpus.folder / "val0.wav", long, RATE)
    turns = [(299.0, 0.9), (300.1, 0.9), (599.96, 0.08)]
    lines = [f"SPEAKER val0 1 {s} {d} <NA> <NA> ann <NA> <NA>" for s, d in turns]
    (corpus.folder / "val0.rttm").write_text("\n".join(lines) + "\n")
    changes = {"merge_gap_ms": 250, "min_speech_ms": 50, "augmented_copies": 0}
    prepared = corpus.prepare(params, **changes)
    blocks = [speech_s(clip) for clip in prepared.clips("speech", "val")]
    assert blocks == [[[299.0, 300.0]], [[0.0, 1.0], [299.96, 300.0]], [[0.0, 0.04]]]


def test_labels_and_what_is_cut_or_left_out_are_in_the_metrics(corpus, params):
    noise = 0.1 * generator("loud").standard_normal(2 * RATE)
    soundfile.write(corpus.folder / "stray.wav", noise, RATE)
    corpus.add("train5", [(1.5, 0.52)], like="five")
    corpus.prepare(params)
    assert corpus.metrics["labels"]["calls"]["speech"] == {"ann": pytest.approx(5.12)}
    assert corpus.metrics["clamped"]["calls"]["labels"] == 1
    assert corpus.metrics["clamped"]["calls"]["seconds"] == pytest.approx(0.02)
    assert corpus.metrics["left_out"]["calls"] == {"no_split": 1}


def test_the_terminal_shows_splits_before_and_faults_after_reading(corpus, params, capsys):
    break_three(corpus)
    corpus.prepare(params, on_bad_recording="skip")
    shown = capsys.readouterr().err.splitlines()
    expected = "corpus 'calls', recordings of speech: train 3 (0.1 min), val 1 (0.0 min), test 1"
    assert any(line.startswith(expected) for line in shown)
    assert "corpus 'calls': 3 faults, 4 recordings are left" in shown


@pytest.mark.parametrize("is_terminal", [False, True])
def test_a_run_that_fails_reports_its_faults_alone(
    corpus, params, capsys, monkeypatch, is_terminal
):
    break_three(corpus)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal)
    with pytest.raises(VadError):
        corpus.prepare(params, on_bad_recording="fail")
    assert ("recordings of speech" in capsys.readouterr().err) == is_terminal


def test_a_split_without_speech_stops_before_audio_is_read(corpus, params):
    (corpus.folder / "val0.wav").unlink()
    (corpus.folder / "val0.rttm").unlink()
    with pytest.raises(VadError, match=r"'split.val' is val\*, no recording has such a name"):
        corpus.prepare(params)


def test_unlabelled_recordings_are_training_where_the_teacher_is_sure(corpus, params):
    folder = corpus.raw / "archive"
    folder.mkdir()
    soundfile.write(folder / "a.wav", sentences(RATE), RATE)
    card = "name: archive\nreader: unlabelled\nlicence: CC0\ncitation: x\naudio: '*.wav'\n"
    (folder / "corpus.yaml").write_text(card, encoding="utf-8")
    prepared = corpus.prepare(params, augmented_copies=1)
    own = [clip for clip in prepared.clips("speech", "train") if clip.corpus == "archive"]
    assert sorted(clip.condition for clip in own) == ["clean", "copy_0"]
    np.testing.assert_array_equal(own[0].annotated, own[1].annotated)
    # Whoever speaks starts after 1.2 s of silence, and where that is, is not sure.
    assert own[0].annotated[0, 0] == 0
    assert len(own[0].annotated) > 1
    assert RATE < own[0].speech[0, 0] < 1.5 * RATE
    hours = corpus.metrics["labelled_by"]["hours"]
    assert hours["people"] == pytest.approx(4 * 2 / 3600, abs=1e-6)
    annotated_samples = (own[0].annotated[:, 1] - own[0].annotated[:, 0]).sum()
    assert hours["teacher"] == pytest.approx(annotated_samples / RATE / 3600, abs=1e-6)
    assert corpus.metrics["speech"]["train"]["archive"]["recordings"] == 1


def test_without_unlabelled_recordings_the_metrics_name_no_teacher(corpus, params):
    corpus.prepare(params)
    assert "labelled_by" not in corpus.metrics
