"""Where the samples of PCM containers start, and how many bytes of them the header announces.

WAV with RF64 and BW64 (EBU Tech 3306, ITU-R BS.2088), Wave64, AIFF, AU, CAF and NIST SPHERE. A
decoder trusts these numbers; recorders that stop hard, pipes and files over 4 GiB make them wrong.
"""

import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

# A writer into a pipe cannot know the length: it declares about 2 or 4 GiB, or nothing.
UNKNOWN_BYTES = 0x7FFF0000
# Tags and the rest of a disk sector may follow the samples without a header of their own.
TRAILER_BYTES = 4096
WAVE64_HEADER_BYTES = 24


class SampleBytes(NamedTuple):
    """Bytes of samples: announced (None: unknown) and in the file, and what follows them.

    `is_longer` holds where that is neither chunks nor a short trailer, `second_file` is where
    another file, or a second chunk of samples, starts.
    """

    announced: int | None
    available: int
    is_longer: bool
    second_file: int | None
    is_wav: bool

    @property
    def is_truncated(self) -> bool:
        return self.announced is not None and self.announced > self.available


class Chunk(NamedTuple):
    name: bytes
    start: int
    size: int


def sample_bytes(path: Path) -> SampleBytes | None:
    """The samples of a PCM container; None where `path` is another kind of file."""
    file_size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(16)
        parse = next((p for magic, p in PARSERS.items() if head.startswith(magic)), None)
        samples = parse(file, file_size) if parse else None
        if samples is None:
            return None
        start, announced = samples
        available = max(file_size - start, 0)
        end = file_size if announced is None else min(start + announced, file_size)
        # Chunks are padded to an even length.
        second_file = next((at for at in (end, end + 1) if _starts_a_file(file, at)), None)
        if second_file is None and parse is _riff and announced:
            second_file = _second_data(file, end + announced % 2, file_size)
        order = "big" if parse is _aiff else "little"
        is_longer = _has_samples(file, end + announced % 2 if announced else end, file_size, order)
    return SampleBytes(announced, available, is_longer, second_file, parse is _riff)


def _second_data(file: BinaryIO, start: int, file_size: int) -> int | None:
    """Where more samples of a WAV follow in a chunk of their own."""
    chunks = _chunks(file, start, file_size, "little")
    return next((chunk.start - 8 for chunk in chunks if chunk.name == b"data"), None)


def _starts_a_file(file: BinaryIO, position: int) -> bool:
    file.seek(position)
    return file.read(16).startswith(tuple(PARSERS))


def is_shorten(path: Path) -> bool:
    """Whether a SPHERE file holds samples that shorten compressed."""
    with path.open("rb") as file:
        head = file.read(1024)
    return head.startswith(b"NIST_1A") and b"shorten" in head


def _has_samples(file: BinaryIO, start: int, file_size: int, order: str = "little") -> bool:
    """Whether what follows is neither chunks nor a short trailer."""
    position = start
    for chunk in _chunks(file, start, file_size, order):
        position = chunk.start + chunk.size
    return file_size - position > TRAILER_BYTES


def _chunks(file: BinaryIO, start: int, file_size: int, order: str) -> Iterator[Chunk]:
    """Chunks with a name of four characters and a size of 32 bits, as far as they are sound."""
    layout = "<4sI" if order == "little" else ">4sI"
    while start + 8 <= file_size:
        file.seek(start)
        name, size = struct.unpack(layout, file.read(8))
        if not name.isascii() or not name.decode("ascii").isprintable():
            return
        yield Chunk(name, start + 8, size)
        start += 8 + size + size % 2


def _riff(file: BinaryIO, file_size: int) -> tuple[int, int | None] | None:
    file.seek(0)
    order = "big" if file.read(4) == b"RIFX" else "little"
    long_size = None
    for chunk in _chunks(file, 12, file_size, order):
        if chunk.name == b"ds64":
            file.seek(chunk.start + 8)
            long_size = int.from_bytes(file.read(8), "little")
        if chunk.name == b"data":
            size = chunk.size
            if size == 2**32 - 1 and long_size:
                return chunk.start, long_size
            is_unknown = size >= UNKNOWN_BYTES and chunk.start + size > file_size
            is_open = not size and _has_samples(file, chunk.start, file_size)
            return chunk.start, None if is_unknown or is_open else size
    return None


def _wave64(file: BinaryIO, file_size: int) -> tuple[int, int | None] | None:
    position = 40
    while position + WAVE64_HEADER_BYTES <= file_size:
        file.seek(position)
        name, size = struct.unpack("<4s12xQ", file.read(WAVE64_HEADER_BYTES))
        if name == b"data":
            start = position + WAVE64_HEADER_BYTES
            return start, size - WAVE64_HEADER_BYTES if size > WAVE64_HEADER_BYTES else None
        position += max(size + -size % 8, WAVE64_HEADER_BYTES)
    return None


def _aiff(file: BinaryIO, file_size: int) -> tuple[int, int | None] | None:
    for chunk in _chunks(file, 12, file_size, "big"):
        if chunk.name == b"SSND":
            file.seek(chunk.start)
            start = chunk.start + 8 + int.from_bytes(file.read(4), "big")
            return start, chunk.size - 8 if chunk.size > 8 else None
    return None


def _au(file: BinaryIO, _file_size: int) -> tuple[int, int | None] | None:
    file.seek(4)
    start, size = struct.unpack(">II", file.read(8).ljust(8, b"\0"))
    return start, None if size in (0, 2**32 - 1) else size


def _caf(file: BinaryIO, file_size: int) -> tuple[int, int | None] | None:
    position = 8
    while position + 12 <= file_size:
        file.seek(position)
        name, size = struct.unpack(">4sq", file.read(12))
        if name == b"data":
            # Four bytes count the edits.
            return position + 16, size - 4 if size > 4 else None
        position += 12 + max(size, 0)
    return None


def _sphere(file: BinaryIO, _file_size: int) -> tuple[int, int | None] | None:
    file.seek(0)
    lines = file.read(1024).decode("latin-1")
    start = re.match(r"NIST_1A\s+(\d+)", lines)
    fields = {key: int(n) for key, n in re.findall(r"^(\w+) -i (\d+)", lines, re.MULTILINE)}
    sizes = [fields.get(key) for key in ("sample_count", "sample_n_bytes", "channel_count")]
    if start is None or "shorten" in lines:
        return None
    count, width, channels = sizes
    return int(start[1]), count * width * (channels or 1) if count and width else None


Parser = Callable[[BinaryIO, int], tuple[int, int | None] | None]
PARSERS: dict[bytes, Parser] = {
    **dict.fromkeys((b"RIFF", b"RIFX", b"RF64", b"BW64"), _riff),
    b"riff.\x91\xcf\x11": _wave64,
    b"FORM": _aiff,
    b".snd": _au,
    b"caff": _caf,
    b"NIST_1A": _sphere,
}
