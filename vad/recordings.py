"""Audio files among other files, by their suffix."""

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

    VadError where there are none. Names that start with a dot are passed over.
    """
    if not path.is_dir():
        return [path]
    files = [
        file
        for file in sorted(path.rglob("*"))
        if file.suffix.lower() in SUFFIXES
        and file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(path).parts)
    ]
    if not files:
        raise VadError(f"{path}: no audio file in it, expected {', '.join(sorted(SUFFIXES))}")
    return files
