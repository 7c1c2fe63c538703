"""The command as a user calls it."""

import subprocess
import sys

import numpy as np
import pytest
import soundfile

from detect.__main__ import main
from tests.spoken import sentences
from vad.corpora import read_corpus


def run(*arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "detect", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def field(project):
    """A corpus of three recordings, one of them in a folder and one damaged."""
    for name, length_s in (("a.flac", 5), ("sub/b.wav", 8)):
        path = project / "field" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, sentences(16000)[: length_s * 16000], 16000)
    (project / "field" / "notes.md").write_text("not audio", encoding="utf-8")
    return project / "field"


def test_a_file_is_a_table(field):
    done = run(field / "a.flac")
    assert done.returncode == 0, done.stderr
    assert "published, 16 kHz branch, threshold 0.5" in done.stdout
    assert "of 5.0 s are speech" in done.stdout


def test_label_files_of_one_recording_go_to_the_terminal(field, capsys):
    with pytest.raises(SystemExit) as ended:
        main([str(field / "a.flac"), "--to", "audacity"])
    assert ended.value.code == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert {row[2] for row in rows} == {"speech"}
    assert np.array([row[:2] for row in rows], float).max() <= 5


def test_a_folder_becomes_labels_that_the_reader_takes(field, monkeypatch, capsys):
    monkeypatch.setenv("VAD_WORKERS", "1")
    card = "name: field\nreader: audacity\nlicence: x\ncitation: x\nlabels: '**/*.txt'\n"
    audio = "audio: ['*.flac', '**/*.wav']\nsplit: {train: '*'}\n"
    (field / "corpus.yaml").write_text(card + audio, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main([str(field), "--to", "audacity"])
    assert ended.value.code == 0
    recordings = read_corpus(field)
    assert [recording.name for recording in recordings] == ["a", "sub/b"]
    assert all(len(recording.speech) for recording in recordings)
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main([str(field), "--to", "audacity"])
    assert ended.value.code == 1
    assert "a.txt: is there already, left as it is" in capsys.readouterr().err


def test_what_cannot_be_read_is_reported_and_the_rest_is_done(field, monkeypatch, capsys):
    monkeypatch.setenv("VAD_WORKERS", "1")
    (field / "c.wav").write_bytes(b"RIFF")
    with pytest.raises(SystemExit) as ended:
        main([str(field)])
    assert ended.value.code == 1
    output = capsys.readouterr()
    assert "c.wav" in output.err
    assert "sub/b.wav: published" in output.out


def test_nothing_to_do_is_said(project, capsys):
    with pytest.raises(SystemExit, match="no audio file in it"):
        main([str(project)])
    with pytest.raises(SystemExit):
        main([])
    assert "expected a file, a folder, or --mic" in capsys.readouterr().err


def test_two_recordings_of_one_name_are_refused_before_anything_is_written(field):
    (field / "a.wav").write_bytes((field / "a.flac").read_bytes())
    with pytest.raises(SystemExit, match="one name for the labels of several recordings"):
        main([str(field), "--to", "audacity", "--overwrite"])
    assert not list(field.glob("*.txt"))


def test_a_folder_that_cannot_be_made_is_one_line(field, monkeypatch):
    monkeypatch.setenv("VAD_WORKERS", "1")
    (field / "file").touch()
    with pytest.raises(SystemExit, match=r"^detect: .*file"):
        main([str(field), "--to", "audacity", "--out", str(field / "file")])


def test_a_folder_for_labels_needs_their_format(field, capsys):
    with pytest.raises(SystemExit):
        main([str(field), "--out", str(field / "labels")])
    assert "--out needs --to" in capsys.readouterr().err
