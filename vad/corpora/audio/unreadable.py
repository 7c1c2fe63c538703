"""Faults of files that no decoder opens: the most likely reason, and the command that converts."""

from pathlib import Path

from vad.errors import VadError

HEAD_BYTES = 512
GIT_LFS = b"version https://git-lfs"
# The header of SPHERE is a text of 1024 bytes.
SPHERE = b"NIST_1A"
# The box that every MP4 file starts with, after its size.
MP4_TYPE = b"ftyp"


def unreadable(path: Path, reason: str) -> VadError:
    """The fault of a file of unknown format, with a command that converts it."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head[4:8] == MP4_TYPE:
        reason = "its index is missing: the recording was not finished, or is truncated"
    return VadError(
        f"{path}: cannot be read as audio ({reason.rstrip('.')}), expected "
        f"wav, flac, ogg, opus, mp3 or what FFmpeg decodes: {to_wav(path)}"
    )


def check_content(path: Path) -> None:
    """VadError where the first bytes of a file cannot be audio."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if reason := _reason_against(head):
        raise VadError(f"{path}: cannot be read as audio, {reason}")


def _reason_against(head: bytes) -> str | None:
    if not head:
        return "the file is empty"
    if head.startswith(SPHERE):
        return None
    if head.startswith(GIT_LFS):
        return "it is a pointer of Git LFS: git lfs pull"
    is_text = head.isascii() and "".join(head.decode("ascii").split()).isprintable()
    return f"it is a text, {head[:40].decode('ascii')!r}" if is_text else None


def to_wav(path: Path, options: str = "") -> str:
    """The FFmpeg command that decodes a file, with `options` for the output, under a new name."""
    suffix = ".flac" if path.suffix.casefold() == ".wav" else ".wav"
    return " ".join(filter(None, ("ffmpeg -i", path.name, options, f"{path.stem}{suffix}")))
