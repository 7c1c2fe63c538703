"""Transcripts of Whisper as JSON beside audio files: openai-whisper and others.

`segments` of {start, end, text}, of which each may have `words` of {start, end, word}, in seconds;
whisper.cpp writes `transcription` of {offsets: {from, to}, text} in milliseconds, OpenAI's service
`words` beside `segments`, the pipeline of transformers `chunks` of {timestamp: [start, end]}. Words
are used where every segment has them: segments of Whisper hold pauses. These labels were
recognised, not heard: whatever the model left out counts as no speech.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from vad.corpora.classes import LabelKind
from vad.corpora.readers.jsonl import parse_json
from vad.corpora.recording import FileRecording
from vad.corpora.rows import number_in
from vad.corpora.sidecar import SidecarCard, read_sidecars
from vad.corpora.spans import Labels, Segment, segments_in_text
from vad.errors import VadError
from vad.faults import Faults


class Card(SidecarCard):
    """The keys of each reader of sidecar label files."""

    label_kind: ClassVar[LabelKind] = "words"


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each audio file with its transcript."""

    def parse(path: Path, faults: Faults) -> Labels:
        return Labels(segments_in_text(path, segments_in, "segment", faults))

    return read_sidecars(folder, card, parse, faults)


def segments_in(text: str) -> Iterator[Segment]:
    """The words or segments of a transcript; VadError where it is something else."""
    values = parse_json(text)
    if isinstance(values, dict) and "transcription" in values:
        for entry in _objects(values["transcription"], "transcription"):
            offsets = _objects([entry.get("offsets")], "offsets")[0]
            yield Segment(
                _number(offsets, "from") / 1000, _number(offsets, "to") / 1000, _text(entry, "text")
            )
        return
    if isinstance(values, dict) and "chunks" in values:
        yield from map(_chunk, _objects(values["chunks"], "chunks"))
        return
    if isinstance(values, dict) and values.get("words"):
        for word in _objects(values["words"], "words"):
            yield Segment(_number(word, "start"), _number(word, "end"), _text(word, "word"))
        return
    segments = _objects(values.get("segments") if isinstance(values, dict) else None, "segments")
    has_words = all(segment.get("words") for segment in segments)
    for segment in segments:
        if has_words:
            # A word that whisperX could not align, such as a number, has no times.
            words = [w for w in _objects(segment["words"], "words") if w.get("start") is not None]
            for word in words:
                text = _text(word, "word" if "word" in word else "text")
                yield Segment(_number(word, "start"), _number(word, "end"), text)
        if not has_words or len(words) < len(segment["words"]):
            start_s, end_s = _number(segment, "start"), _number(segment, "end")
            yield Segment(start_s, end_s, _text(segment, "text"))


def _chunk(entry: Mapping[str, Any]) -> Segment:
    """A chunk of the pipeline of transformers; the last one may have no end."""
    times = entry.get("timestamp")
    if not isinstance(times, list) or len(times) != 2:
        raise VadError(f"'timestamp' is {str(times)[:60]}, expected [start, end]")
    pair = dict(zip(("start", "end"), times, strict=True))
    return Segment(_number(pair, "start"), _number(pair, "end"), _text(entry, "text"))


def _objects(values: object, key: str) -> list[Mapping[str, Any]]:
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise VadError(f"'{key}' is {str(values)[:60]}, expected a list of objects")
    return values


def _number(values: Mapping[str, Any], key: str) -> float:
    number = number_in(values, key, None)
    if number is None:
        raise VadError(f"'{key}' is missing, expected a time")
    return number


def _text(values: Mapping[str, Any], key: str) -> str:
    return str(values.get(key) or "").strip()
