"""The `.scv` files of TEN VAD's test set: one line, `name,start,end,label,start,end,label,...`.

https://github.com/TEN-framework/ten-vad, function `convert_label_to_framewise` of
`examples/plot_pr_curves.py`: seconds, label 1 is speech and 0 is not. What the segments cover is
annotated; they do not overlap.
"""

from pathlib import Path

from vad.corpora.files import AnyNumber, OneOrMore
from vad.corpora.numbers import seconds
from vad.corpora.recording import FileRecording
from vad.corpora.sidecar import SidecarCard, read_sidecars
from vad.corpora.spans import Labels, Segment, read_text, without_overlap
from vad.errors import VadError
from vad.faults import Faults

SPEECH, NO_SPEECH = "1", "0"


class Card(SidecarCard):
    """The keys of each reader of sidecar label files; the format fixes the labels."""

    speech: OneOrMore | None = (SPEECH,)
    silence: AnyNumber = (NO_SPEECH,)


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each audio file with its `.scv` file."""
    return read_sidecars(folder, card, parse, faults)


def parse(path: Path, faults: Faults) -> Labels:
    """The labels in a file; each fault in it is added to `faults`."""
    labels = Labels([], [])
    with faults.gathered(path):
        segments = parse_line(read_text(path).strip(), path.stem)
        labels.segments = [s.at(path, f"segment {n}") for n, s in enumerate(segments, 1)]
        labels.annotated = labels.segments
    without_overlap(labels.segments, faults)
    return labels


def parse_line(line: str, name: str) -> list[Segment]:
    """The segments after `name`, which alone may hold commas."""
    is_own = line.startswith(f"{name},")
    fields = line.removeprefix(name if is_own else "").split(",")[1:]
    if not fields or len(fields) % 3:
        raise VadError("expected one line, 'name,start,end,label,start,end,label,...'")
    if not is_own:
        raise VadError(f"it labels '{line.partition(',')[0][:60]}', expected '{name}'")
    segments = []
    for start, end, label in zip(fields[::3], fields[1::3], fields[2::3], strict=True):
        if label.strip() not in (SPEECH, NO_SPEECH):
            raise VadError(f"label '{label}', expected 1 (speech) or 0")
        segments.append(Segment(seconds(start), seconds(end), label.strip()))
    return segments
