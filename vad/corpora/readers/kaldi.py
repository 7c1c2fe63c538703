"""Data folders of Kaldi: wav.scp, segments and, where there are some, text, reco2file_and_channel.

https://kaldi-asr.org/doc/data_prep.html. Segments are speech unless their text is a mark such as
[noise]; audio between segments is not speech. Commands in wav.scp, which end in a pipe, are not
run.
"""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from vad.corpora.classes import LabelKind
from vad.corpora.file_ids import read_regions
from vad.corpora.files import OneOrMore, one_form
from vad.corpora.labelled import Candidate, LabelCard, read_labelled
from vad.corpora.numbers import natural, seconds
from vad.corpora.recording import FileRecording
from vad.corpora.spans import (
    LabelledSegment,
    Labels,
    Segment,
    channel_number,
    lines_of,
    parse_lines,
)
from vad.errors import VadError
from vad.faults import Faults

TO_THE_END = -1


class Card(LabelCard):
    """Patterns over `wav.scp` files; `segments` and others are beside them."""

    label_kind: ClassVar[LabelKind] = "words"

    scp: OneOrMore


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each line of wav.scp, called by its recording id."""
    candidates = []
    for scp in card.matching(folder, "scp"):
        fault_count = len(faults.entries)
        paths = _table(scp, faults)
        text_file = scp.with_name("text")
        texts = _table(text_file, faults) if text_file.exists() else {}
        segments = _segments(scp.with_name("segments"), texts, faults)
        channels = _channels(scp.with_name("reco2file_and_channel"), faults)
        if len(faults.entries) > fault_count:
            continue
        unknown = sorted(segments.keys() - paths.keys())
        if unknown and card.missing_audio == "fault":
            faults.add(
                scp.with_name("segments"), f"no line of wav.scp for recording '{unknown[0]}'"
            )
            continue
        for recording, text in paths.items():
            with faults.gathered(scp):
                path = card.inside(folder, plain_path(recording, text))
                labels = Labels(segments.get(recording, []))
                candidates.append(Candidate(path, labels, recording, channels.get(recording)))
    audio = {card.id_of(candidate.path): candidate.path for candidate in candidates}
    regions = read_regions(folder, card, audio, faults)
    return read_labelled(folder, card, candidates, faults, regions)


def plain_path(recording: str, text: str) -> str:
    """The path in an entry of wav.scp; VadError where it is a command."""
    if text.endswith("|"):
        raise VadError(
            f"recording '{recording}' is the command '{text[:60]}', which is not run: expected a "
            "file, made by the command"
        )
    return text


def _table(path: Path, faults: Faults) -> dict[str, str]:
    """The rest of each line by its first field."""

    def parse(line: str) -> tuple[str, str]:
        key, _, rest = line.strip().partition(" ")
        if not rest.strip():
            raise VadError(f"'{line.strip()[:80]}', expected two fields")
        return one_form(key), rest.strip()

    table: dict[str, str] = {}
    with faults.gathered(path):
        lines = ((line.replace("\t", " "), position) for line, position in lines_of(path))
        for (key, rest), position in parse_lines(lines, parse, path, faults):
            if key in table:
                faults.add(path, f"{position}: '{key}' a second time, expected it once")
            table[key] = rest
    return table


def _segments(
    path: Path, texts: Mapping[str, str], faults: Faults
) -> dict[str, list[LabelledSegment]]:
    """The segments of each recording, with the texts of utterances as labels."""

    def parse(line: str) -> tuple[str, Segment]:
        fields = line.split()
        if len(fields) not in (4, 5):
            raise VadError(f"'{line.strip()[:80]}', expected 'utterance recording start end'")
        end_s = seconds(fields[3])
        if end_s == TO_THE_END:
            raise VadError("the end is -1, that of the recording: expected its time in seconds")
        label = texts.get(one_form(fields[0]))
        channel = _channel_from_0(fields[4]) if len(fields) == 5 else None
        return one_form(fields[1]), Segment(seconds(fields[2]), end_s, label, channel)

    segments: dict[str, list[LabelledSegment]] = defaultdict(list)
    with faults.gathered(path):
        for (recording, segment), position in parse_lines(lines_of(path), parse, path, faults):
            segments[recording].append(segment.at(path, position))
    return segments


def _channel_from_0(text: str) -> int:
    """The channel of a segment, from 1; extract-segments of Kaldi counts from 0."""
    number = natural(text)
    if number is None:
        raise VadError(f"channel '{text[:20]}', expected a number from 0")
    return number + 1


def _channels(path: Path, faults: Faults) -> dict[str, int]:
    """The channel, from 0, of each recording that is one side of a file."""
    if not path.exists():
        return {}
    channels = {}
    for recording, rest in _table(path, faults).items():
        number = channel_number(rest.split()[-1])
        if number is None or number < 1:
            faults.add(path, f"'{recording} {rest}', expected 'recording file channel', A or 1")
        else:
            channels[recording] = number - 1
    return channels
