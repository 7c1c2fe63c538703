"""The command on a folder of recordings, and its labels as stage prepare reads them."""

import errno
from pathlib import Path

import numpy as np
import pytest
import soundfile

from label.__main__ import LIST, main
from tests.spoken import sentences
from vad.artifacts import write_text
from vad.corpora import read_corpus
from vad.label_files.formats import FORMATS


@pytest.fixture
def field(tmp_path, monkeypatch):
    monkeypatch.setenv("VAD_WORKERS", "1")
    folder = tmp_path / "field"
    (folder / "day").mkdir(parents=True)
    loud = sentences(16000)
    # Speech that is hardly there is what the teacher is not sure of.
    quiet = 0.002 * loud + 0.001 * np.random.default_rng(1).standard_normal(len(loud))
    soundfile.write(folder / "loud.wav", loud, 16000)
    soundfile.write(folder / "day" / "quiet.wav", quiet, 16000)
    return folder


def run(folder, *arguments):
    """The exit status of the command."""
    with pytest.raises(SystemExit) as ended:
        main([str(folder), *arguments])
    return ended.value.code


@pytest.mark.parametrize("label_format", FORMATS)
def test_labels_and_card_are_read_back(field, label_format, capsys):
    assert run(field, "--to", label_format) == 0
    recordings = {recording.name: recording for recording in read_corpus(field)}
    assert sorted(recordings) == ["day/quiet", "loud"]
    assert len(recordings["loud"].speech) >= 3
    quiet = recordings["day/quiet"]
    uncertain_s = quiet.duration_s - np.diff(quiet.annotated).sum()
    table = (field / LIST).read_text(encoding="utf-8").splitlines()
    row = next(line.split("\t") for line in table if line.startswith("day/quiet.wav"))
    assert float(row[2]) == pytest.approx(uncertain_s, abs=0.01)
    output = capsys.readouterr().out
    assert "labelled 2 recordings" in output
    assert "by hand" not in output
    assert output.endswith("then run: dvc repro\n")


def test_what_somebody_corrected_stays_and_is_reported(field, capsys):
    assert run(field) == 0
    (field / "loud.txt").write_text("1.2\t2.5\tspeech\n", encoding="utf-8")
    (field / "corpus.yaml").open("a", encoding="utf-8").write("speaker: '(.*)'\n")
    quiet = (field / "day" / "quiet.txt").read_bytes()
    assert run(field, "--first", "1") == 0
    assert (field / "loud.txt").read_text(encoding="utf-8") == "1.2\t2.5\tspeech\n"
    assert (field / "day" / "quiet.txt").read_bytes() == quiet
    assert "speaker" in (field / "corpus.yaml").read_text(encoding="utf-8")
    output = capsys.readouterr()
    assert output.err == ""
    assert "labelled 1 recordings" in output.out
    kept = f"; left alone 1 with labels by hand, such as those of {field / 'loud.wav'}\n"
    assert f"uncertain{kept}" in output.out


def test_a_run_that_ends_while_it_writes_leaves_nothing_that_counts_as_corrected(
    field, capsys, monkeypatch
):
    def full(path: Path, text: str) -> None:
        if path.name == "loud.txt":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write_text(path, text)

    monkeypatch.setattr("vad.label_files.written.write_text", full)
    assert "No space left on device" in run(field)
    assert (field / "day" / "quiet.txt").exists()
    monkeypatch.undo()
    monkeypatch.setenv("VAD_WORKERS", "1")
    assert run(field) == 0
    assert "labelled 2 recordings" in capsys.readouterr().out
    assert (field / "loud.txt").exists()


def test_corrected_labels_of_another_format_stop_the_run(field):
    assert run(field) == 0
    assert run(field, "--to", "textgrid") == 0
    (field / "loud.txt").write_text("1.2\t2.5\tspeech\n", encoding="utf-8")
    card = (field / "corpus.yaml").read_bytes()
    assert "loud.txt: corrected by hand, expected '--to' of the same" in run(
        field, "--to", "textgrid"
    )
    assert (field / "corpus.yaml").read_bytes() == card


def test_labels_that_were_there_before_are_somebody_s(field):
    (field / "loud.txt").write_text("a transcript", encoding="utf-8")
    assert run(field) == 0
    assert (field / "loud.txt").read_text(encoding="utf-8") == "a transcript"


def test_a_list_that_somebody_changed_stays_and_is_named(field, capsys):
    assert run(field) == 0
    (field / LIST).write_text("done\n", encoding="utf-8")
    assert run(field) == 1
    assert (field / LIST).read_text(encoding="utf-8") == "done\n"
    assert f"{LIST}: changed by hand, left as it is" in capsys.readouterr().err


def test_a_damaged_recording_is_reported_and_the_others_are_labelled(field, capsys):
    (field / "c.wav").write_bytes(b"RIFF")
    assert run(field) == 1
    assert "c.wav" in capsys.readouterr().err
    assert (field / "loud.txt").exists()
    assert not (field / "c.txt").exists()


def test_the_card_follows_new_recordings_until_somebody_changes_it(field):
    assert run(field) == 0
    soundfile.write(field / "more.flac", sentences(16000), 16000)
    assert run(field) == 0
    assert len(read_corpus(field)) == 3


def test_two_recordings_of_one_name_are_a_fault(field):
    soundfile.write(field / "loud.flac", sentences(16000), 16000)
    assert "loud.wav: one name for the labels of several recordings" in run(field)


def test_no_folder_is_a_line(tmp_path):
    assert "no such folder" in run(tmp_path / "none")
