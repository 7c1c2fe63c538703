"""Audio files among other files, by their suffix."""

import glob
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from vad.errors import VadError

# What people record and download; vad.corpora.audio reads more where a card names it.
SUFFIXES = frozenset(
    [
        *(".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".aac", ".mp4", ".webm"),
        *(".wma", ".amr", ".aif", ".aiff", ".aifc", ".au", ".caf", ".w64", ".rf64", ".sph"),
        *(".mka", ".mkv", ".mov", ".3gp"),
    ]
)


def recordings_in(path: Path) -> list[Path]:
    """`path` where it is a file; the audio files in a folder and those in it, sorted.

    VadError where there are none. Names that start with a dot are passed over, links followed.
    """
    if not path.is_dir():
        return [path]
    # Path.rglob would not follow links to folders.
    names = glob.glob("**/*", root_dir=path, recursive=True)  # noqa: PTH207
    files = [file for file in sorted(path / name for name in names) if is_audio(file)]
    if not files:
        raise VadError(f"{path}: no audio file in it, expected {', '.join(sorted(SUFFIXES))}")
    return files


def is_audio(path: Path) -> bool:
    """Whether `path` is a file whose suffix is that of audio, whatever it contains."""
    return path.suffix.lower() in SUFFIXES and path.is_file()


def check_names(files: Sequence[Path], label_format: str) -> None:
    """VadError where the labels of two recordings would have one name.

    That is the name of the file, such as of a.wav and a.mp3; RTTM has no folders either.
    """
    names = {path: path.stem if label_format == "rttm" else path.with_suffix("") for path in files}
    counts = Counter(names.values())
    same = [str(path) for path in files if counts[names[path]] > 1]
    if same:
        raise VadError(
            f"{', '.join(same[:4])}: one name for the labels of several recordings, rename them"
        )
