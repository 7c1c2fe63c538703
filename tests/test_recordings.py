import pytest

from vad.errors import VadError
from vad.recordings import check_names, recordings_in


def test_audio_files_of_all_folders_but_hidden_ones_sorted(tmp_path):
    for name in ("b.WAV", "day 1/a.mp3", "notes.txt", ".cache/c.wav", "day 1/.d.wav"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert recordings_in(tmp_path) == [tmp_path / "b.WAV", tmp_path / "day 1" / "a.mp3"]
    assert recordings_in(tmp_path / "notes.txt") == [tmp_path / "notes.txt"]


def test_links_to_folders_are_followed(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.wav").touch()
    (tmp_path / "field").mkdir()
    (tmp_path / "field" / "audio").symlink_to(tmp_path / "elsewhere")
    assert recordings_in(tmp_path / "field") == [tmp_path / "field" / "audio" / "a.wav"]


def test_a_folder_without_audio_is_a_fault(tmp_path):
    with pytest.raises(VadError, match="no audio file in it, expected"):
        recordings_in(tmp_path)


def test_labels_of_two_recordings_need_two_names(tmp_path):
    files = [tmp_path / "one" / "a.wav", tmp_path / "two" / "a.wav"]
    check_names(files, "audacity")
    with pytest.raises(VadError, match="one name for the labels of several recordings"):
        check_names(files, "rttm")
    with pytest.raises(VadError, match=r"a\.wav, .*a\.mp3: one name for the labels"):
        check_names([files[0], files[0].with_suffix(".mp3")], "audacity")
