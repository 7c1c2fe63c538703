"""Data folders of Kaldi: wav.scp, segments and, where there is one, reco2file_and_channel.

https://kaldi-asr.org/doc/data_prep.html. Segments are speech; what none covers is not. Commands in
wav.scp, which end in a pipe, are not run.
"""

from collections import defaultdict
from pathlib import Path

from vad.corpora.file_ids import read_regions
from vad.corpora.files import OneOrMore, one_form
from vad.corpora.labelled import Candidate, LabelCard, read_labelled
from vad.corpora.recording import FileRecording
from vad.corpora.spans import (
    LabelledSegment,
    Labels,
    Segment,
    channel_number,
    lines_of,
    parse_lines,
    seconds,
)
from vad.errors import VadError
from vad.faults import Faults


class Card(LabelCard):
    """Patterns over `wav.scp` files; the others lie beside them."""

    scp: OneOrMore


def read(folder: Path, card: Card, faults: Faults) -> list[FileRecording]:
    """A recording for each line of wav.scp, called by its recording id."""
    candidates = []
    for scp in card.matching(folder, "scp"):
        fault_count = len(faults.entries)
        paths = _table(scp, faults)
        segments = _segments(scp.with_name("segments"), faults)
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

    with faults.gathered(path):
        lines = ((line.replace("\t", " "), position) for line, position in lines_of(path))
        return dict(entry for entry, _ in parse_lines(lines, parse, path, faults))
    return {}


def _segments(path: Path, faults: Faults) -> dict[str, list[LabelledSegment]]:
    """The segments of each recording."""

    def parse(line: str) -> tuple[str, Segment]:
        fields = line.split()
        if len(fields) != 4:
            raise VadError(f"'{line.strip()[:80]}', expected 'utterance recording start end'")
        return one_form(fields[1]), Segment(seconds(fields[2]), seconds(fields[3]))

    segments: dict[str, list[LabelledSegment]] = defaultdict(list)
    with faults.gathered(path):
        for (recording, segment), position in parse_lines(lines_of(path), parse, path, faults):
            segments[recording].append(segment.at(path, position))
    return segments


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
