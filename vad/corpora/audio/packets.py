"""What the packets of Ogg and MP3 files show without decoding them: ends, joins, announcements.

Ogg pages are those of RFC 3533, the Xing and Info frame of MP3 that of the encoder LAME
(http://gabriel.mp3-tech.org/mp3infotag.html).
"""

import struct
from pathlib import Path
from typing import NamedTuple

from vad.corpora.audio.containers import TRAILER_BYTES

PAGE = struct.Struct("<4sBBqIIIB")
BEGIN_OF_STREAM, END_OF_STREAM = 2, 4
VORBIS = b"\x01vorbis"
ID3_BYTES = 10
# It is in the first frame of the stream, behind at most 36 bytes of side information.
XING_REACH_BYTES = 4096


def is_packets(path: Path) -> bool:
    """Whether `path` is FLAC, Ogg or MPEG audio, tags in front of it or not."""
    with path.open("rb") as file:
        head = file.read(4)
    is_frame = len(head) == 4 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0
    return is_frame or head.startswith((b"fLaC", b"OggS", b"ID3"))


class OggPages(NamedTuple):
    """What the pages of an Ogg file show: a fault, its streams, where the last samples end."""

    fault: str | None
    stream_count: int
    last_granule: int
    is_vorbis: bool

    @property
    def vorbis_frames(self) -> int | None:
        """Samples of the one Vorbis stream: its last packet may decode to more of them."""
        return self.last_granule if self.is_vorbis and self.stream_count == 1 else None


def ogg_pages(path: Path) -> OggPages | None:
    """The pages of an Ogg file; None where it is another kind of file."""
    with path.open("rb") as file:
        if file.read(4) != b"OggS":
            return None
        file_size, position, last_granule, fault = path.stat().st_size, 0, 0, None
        running: set[int] = set()
        stream_count, is_vorbis = 0, False
        while position + PAGE.size <= file_size:
            file.seek(position)
            magic, _, flags, granule, serial, _, _, count = PAGE.unpack(file.read(PAGE.size))
            if magic != b"OggS":
                break
            stream_count += bool(flags & BEGIN_OF_STREAM)
            running = running - {serial} if flags & END_OF_STREAM else running | {serial}
            body_size = sum(file.read(count))
            is_vorbis = is_vorbis or file.read(len(VORBIS)) == VORBIS
            last_granule = max(granule, last_granule)
            position += PAGE.size + count + body_size
    if position > file_size or (running and position + PAGE.size > file_size):
        fault = "truncated, expected a last page that ends the stream, found none"
    elif file_size - position > TRAILER_BYTES:
        fault = f"damaged, no Ogg page at byte {position}"
    return OggPages(fault, stream_count, last_granule, is_vorbis)


def xing_frames(path: Path) -> int | None:
    """The number of frames that a Xing or Info frame announces; None without one."""
    with path.open("rb") as file:
        head = file.read(ID3_BYTES)
        start = 0
        if head[:3] == b"ID3" and len(head) == ID3_BYTES:
            high, middle, low, last = head[6:10]
            start = ID3_BYTES + (high << 21 | middle << 14 | low << 7 | last)
        file.seek(start)
        data = file.read(XING_REACH_BYTES)
    first = min((at for tag in (b"Xing", b"Info") if (at := data.find(tag)) >= 0), default=None)
    if first is None or len(data) < first + 12:
        return None
    flags, count = struct.unpack(">II", data[first + 4 : first + 12])
    return count if flags & 1 else None
