r"""Label tracks of Audacity, exported as text: start, end and label, with tabs between them.

https://manual.audacityteam.org/man/importing_and_exporting_labels.html. A point label ends
where it starts and marks no time. A line that starts with `\` holds the frequencies of a spectral
selection. Some locales write a decimal comma.
"""

from pathlib import Path

from vad.corpora.numbers import seconds
from vad.corpora.recording import FileRecording
from vad.corpora.sidecar import SidecarCard, read_sidecars
from vad.corpora.spans import Labels, Segment, segments_in_lines
from vad.errors import VadError
from vad.faults import Faults


class Card(SidecarCard):
    """The keys of each reader of sidecar label files."""


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each audio file with its label track."""

    def parse(path: Path, faults: Faults) -> Labels:
        return Labels(segments_in_lines(path, parse_line, faults))

    return read_sidecars(folder, card, parse, faults)


def parse_line(line: str) -> Segment | None:
    """The region of a line; None for the frequencies of a spectral selection."""
    if line.startswith("\\"):
        return None
    start, _, rest = line.partition("\t")
    end, _, label = rest.partition("\t")
    if not end.strip():
        raise VadError(f"'{line.strip()}', expected start, end and label with tabs between them")
    start_s, end_s = (seconds(text.strip().replace(",", ".")) for text in (start, end))
    return Segment(start_s, end_s, label.strip() or None)
