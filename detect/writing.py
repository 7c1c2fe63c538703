"""Detections as a table for people, and as label files."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from detect.detection import Detection
from vad.artifacts import write_text
from vad.intervals import total
from vad.label_files.formats import FORMATS, RecordingLabels


def table(detection: Detection) -> Iterator[str]:
    """A line for each segment, then what they add up to."""
    name = f"{detection.path}{channel_ending(detection.channel)}"
    yield f"{name}: {detection.choice.describe()}"
    yield f"{'start (s)':>12}{'end (s)':>12}{'length (s)':>12}"
    for start, end in detection.segments:
        yield f"{start:12.3f}{end:12.3f}{end - start:12.3f}"
    yield summary(detection)


def summary(detection: Detection) -> str:
    """How much of a recording is speech."""
    speech_s, length_s = float(total(detection.segments)), detection.duration_s
    share = 100 * speech_s / length_s if length_s else 0.0
    count = len(detection.segments)
    return f"{count} segments, {speech_s:.1f} of {length_s:.1f} s are speech ({share:.0f} %)"


def channel_ending(channel: int | None) -> str:
    """What tells channels of one file apart in names of label files."""
    return "" if channel is None else f".channel{channel}"


def labels_of(detection: Detection) -> RecordingLabels:
    """The detection as labels."""
    path = detection.path
    return RecordingLabels(
        path.name, path.stem, detection.duration_s, detection.segments, channel=detection.channel
    )


def texts(detection: Detection, label_format: str) -> dict[str, str]:
    """The text of each label file by its suffix."""
    return dict(FORMATS[label_format].texts(labels_of(detection)))


def write_labels(
    detections: Sequence[Detection], label_format: str, root: Path, out: Path, overwrite: bool
) -> tuple[list[Path], list[Path]]:
    """Write the label files of `detections`; those written, and those left as they were.

    `out` gets the folders that recordings have under `root`. Paths of audio in the files are
    relative to `root`.
    """
    written, left = [], []
    for detection in detections:
        relative = detection.path.relative_to(root)
        labels = replace(labels_of(detection), audio=relative.as_posix())
        stem = f"{relative.stem}{channel_ending(detection.channel)}"
        for suffix, text in FORMATS[label_format].texts(labels).items():
            path = out / relative.parent / f"{stem}{suffix}"
            if path.exists() and not overwrite:
                left.append(path)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            write_text(path, text)
            written.append(path)
    return written, left
