"""Label files with a line for each segment: start, end (s) and label, as pyannote and others write.

The lines of HTK label files (The HTK Book, section 6.2), with seconds in place of 100 ns units.
Segments follow each other and do not overlap; what no line covers is not speech.
"""

from pathlib import Path

from vad.corpora.numbers import seconds
from vad.corpora.recording import FileRecording
from vad.corpora.sidecar import SidecarCard, read_sidecars
from vad.corpora.spans import Labels, Segment, segments_in_lines, without_overlap
from vad.errors import VadError
from vad.faults import Faults


class Card(SidecarCard):
    """The keys of each reader of sidecar label files."""


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each audio file with its label file."""

    def parse(path: Path, faults: Faults) -> Labels:
        return Labels(without_overlap(segments_in_lines(path, parse_line, faults), faults))

    return read_sidecars(folder, card, parse, faults)


def parse_line(line: str) -> Segment:
    """The segment of a line."""
    fields = line.split(maxsplit=2)
    if len(fields) != 3:
        raise VadError(f"'{line.strip()}', expected 'start end label'")
    return Segment(seconds(fields[0]), seconds(fields[1]), fields[2].strip())
