"""Files that are not audio: the reason, and a command where one helps."""

from pathlib import Path

import pytest

from vad.corpora.audio import read_header
from vad.corpora.audio.unreadable import to_wav
from vad.errors import VadError

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.wav", b"", "cannot be read as audio, the file is empty"),
        ("a.wav", POINTER, "cannot be read as audio, it is a pointer of Git LFS: git lfs pull"),
        ("a.mp3", b"<!DOCTYPE html>\n<p>404", "cannot be read as audio, it is a text, '<!DOCTYPE "),
        (
            "a.m4a",
            b"\0\0\0\x20ftypM4A \0\0" + b"\0" * 600,
            "its index is missing: the rec",
        ),
        ("a.amr", b"\1\2" * 600, r"cannot be read as audio \(.*: ffmpeg -i a\.amr a\.wav"),
        ("a.wav", b"\1\2" * 600, r"cannot be read as audio \(.*: ffmpeg -i a\.wav a\.flac"),
    ],
)
def test_the_reason_is_the_true_one(
    tmp_path: Path, capfd, name: str, content: bytes, expected: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(VadError, match=expected):
        read_header(tmp_path / name)
    # The libraries that tried print nothing of their own.
    assert capfd.readouterr() == ("", "")


def test_the_command_never_writes_over_its_input() -> None:
    assert to_wav(Path("x/a.WAV")) == "ffmpeg -i a.WAV a.flac"
    assert to_wav(Path("a.mp3"), "-map 0:a:0") == "ffmpeg -i a.mp3 -map 0:a:0 a.wav"
