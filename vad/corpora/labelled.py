"""From labels to recordings: channels, classes, annotated parts and bounds, for every reader."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Protocol, get_args

import numpy as np
from pydantic import Field

from vad.corpora.audio import Header
from vad.corpora.card import CARD_NAME, Pattern
from vad.corpora.channels import Channels, by_channel
from vad.corpora.classes import LabelClasses, LabelKind, shown
from vad.corpora.files import EACH, AnyNumber, FileCard, OneOrMore, file_id, recording_name
from vad.corpora.meanings import LabelClass
from vad.corpora.recording import FileRecording, whole
from vad.corpora.spans import (
    LARGEST_OVERHANG_S,
    LabelledSegment,
    Labels,
    intervals_within,
    reason_against,
)
from vad.corpora.splits import assigned
from vad.errors import VadError
from vad.faults import Faults
from vad.intervals import clip, difference, intersect, unite

# Label tools round, and lossy codecs pad: a label may end this much outside its file.
OVERHANG_S = 0.05


class Regions(Protocol):
    """The annotated parts by file id, of which some may have been lost."""

    @property
    def segments(self) -> Mapping[str, list[LabelledSegment]]: ...

    def is_whole(self, file_id: str) -> bool:
        """Whether all lines of a recording were understood."""


class LabelCard(FileCard):
    """The keys of every card with labels."""

    # Whether labels are classes and speakers, or transcribed words.
    label_kind: ClassVar[LabelKind] = "classes"
    # Whether a line can have the channel that it labels.
    has_channels: ClassVar[bool] = False

    role: Literal["speech"] = "speech"
    # Names or patterns of labels that are speech, not speech, and of parts not annotated.
    speech: OneOrMore | None = None
    silence: AnyNumber = ()
    ignored: AnyNumber = ()
    # Whether a recording without a label is one without speech.
    silent_recordings: bool = False
    # How far a label may reach beyond its audio (s); the excess is cut off.
    label_overhang_s: Annotated[float, Field(ge=0, le=LARGEST_OVERHANG_S)] = OVERHANG_S
    # UEM files with the annotated parts.
    annotated: OneOrMore | None = None
    # The group that finds a file id in the name of an audio file.
    file_id: Pattern | None = None
    # Whether labels without an audio file are passed over.
    missing_audio: Literal["fault", "skip"] = "fault"
    # Labels of the card's channel alone, or of any.
    label_channel: Literal["own", "any"] = "own"

    def id_of(self, path: Path) -> str:
        """The file id of an audio file."""
        return file_id(path, self.file_id)


@dataclass(frozen=True)
class Candidate:
    """An audio file with its labels, before either is checked.

    Where the corpus names recordings itself, `name` is that name, and `channel` the one it means.
    """

    path: Path
    labels: Labels
    name: str | None = None
    channel: int | None = None


def read_labelled(
    folder: Path,
    card: LabelCard,
    candidates: Sequence[Candidate],
    faults: Faults,
    regions: Regions | None = None,
    headers: Mapping[Path, Header] | None = None,
) -> list[FileRecording]:
    """The recordings of `candidates` with sound audio and labels.

    `regions` are the annotated parts, where the card names UEM files; `headers` those of the audio,
    where it is not in files.
    """
    names = [candidate.name or recording_name(folder, candidate.path) for candidate in candidates]
    splits = assigned(folder, card, names, faults)
    chosen = [
        (candidate, name)
        for candidate, name in zip(candidates, names, strict=True)
        if name in splits and (regions is None or regions.is_whole(card.id_of(candidate.path)))
    ]
    if headers is None:
        headers = card.headers((candidate.path for candidate, _ in chosen), faults)
    groups = [candidate.labels.segments for candidate, _ in chosen]
    channels = Channels.of([*groups, *(regions.segments.values() if regions else ())])
    labeller = Labeller(folder, card, channels, regions, faults)
    recordings = []
    for candidate, name in chosen:
        if header := headers.get(candidate.path):
            own = [candidate.channel] if candidate.channel is not None else card.channels(header)
            for channel in own:
                fields = card.fields_of(name, card.role, splits[name]) or {}
                fields |= {"name": card.recording_name(name, channel)}
                recordings.append(labeller.recording(candidate, header, channel, fields))
    labeller.classes.report(folder / CARD_NAME, faults)
    return [recording for recording in recordings if recording is not None]


class Labeller:
    """Labels of one corpus held against its card and its audio."""

    def __init__(
        self,
        folder: Path,
        card: LabelCard,
        channels: Channels,
        regions: Regions | None,
        faults: Faults,
    ) -> None:
        self.folder, self.card, self.channels = folder, card, channels
        self.regions, self.faults = regions, faults
        self.classes = LabelClasses(card.label_kind, card.speech, card.silence, card.ignored)

    def recording(
        self, candidate: Candidate, header: Header, channel: int | None, fields: dict[str, Any]
    ) -> FileRecording | None:
        """One channel of a candidate; None, and a fault, where it cannot be used."""
        path, fault_count = candidate.path, len(self.faults.entries)
        speech, annotated = np.zeros((0, 2)), whole(header.duration_s)
        with self.faults.gathered(path):
            segments = self._of_channel(candidate.labels.segments, channel, header)
            by_class = self._by_class(segments)
            if len(self.faults.entries) > fault_count:
                return None
            if not by_class["speech"] and not by_class["unclear"]:
                self._check_silent(candidate, segments, by_class)
            annotated = self._annotated(candidate, channel, header)
            ignored = unite((s.start_s, s.end_s) for s in by_class["ignored"])
            annotated = difference(annotated, clip(ignored, 0, header.duration_s))
            if len(self.faults.entries) == fault_count:
                speech = self._within(by_class["speech"], path, header)
                if not by_class["speech"]:
                    # Labels of another recording, perhaps.
                    self._within(by_class["silence"], path, header)
            if by_class["unclear"]:
                self.faults.tally.left_out[self.card.name, "unclear_labels"] += 1
                return None
        if len(self.faults.entries) > fault_count:
            return None
        self._count(by_class, header)
        return FileRecording(
            **fields,
            duration_s=header.duration_s,
            native_rate=header.sample_rate,
            path=path,
            channel=channel,
            speech=speech,
            annotated=annotated,
        )

    def _of_channel(
        self, segments: Sequence[LabelledSegment], channel: int | None, header: Header
    ) -> list[LabelledSegment]:
        if self.card.label_channel == "any":
            return list(segments)
        if self.card.channel == EACH and header.channel_count > 1 and not self.channels.numbers:
            raise VadError(f"'channel: {EACH}', but no label has a channel: choose one by number")
        return self.channels.of_one(segments, channel, header)

    def _by_class(
        self, segments: Iterable[LabelledSegment]
    ) -> dict[LabelClass, list[LabelledSegment]]:
        """The segments of each class that last; impossible times are a fault."""
        by_class: dict[LabelClass, list[LabelledSegment]]
        by_class = {kind: [] for kind in get_args(LabelClass)}
        for segment in segments:
            if reason := reason_against(segment):
                self.faults.add(segment.file, f"{segment.position}: {reason}")
            elif segment.end_s > segment.start_s:
                kind = self.classes.class_of(segment.label)
                by_class[kind].append(segment)
                if kind == "unclear":
                    self.classes.hold(segment)
        return by_class

    def _check_silent(
        self,
        candidate: Candidate,
        segments: Sequence[LabelledSegment],
        by_class: Mapping[LabelClass, list[LabelledSegment]],
    ) -> None:
        """VadError for a recording without speech that nothing marks as silent."""
        # Labelled at all, though by UEM, as silent, or on another channel alone.
        is_listed = self.regions is not None or len(candidate.labels.segments) > len(segments)
        is_labelled = any(s.label and s.label.strip() for s in by_class["silence"])
        if self.card.silent_recordings or candidate.labels.is_explicit or is_listed or is_labelled:
            return
        reason = "no labels for it"
        if segments and all(s.end_s <= s.start_s for s in segments):
            reason = f"no regions, all {len(segments)} labels last 0 s"
        elif by_class["ignored"]:
            reason = "no label but ignored ones"
        elif segments:
            reason = "no label with a text"
        raise VadError(
            f"{reason}, expected speech: 'silent_recordings: true' in {self.folder / CARD_NAME} "
            "takes such recordings as silent"
        )

    def _within(
        self, segments: Iterable[LabelledSegment], path: Path, header: Header
    ) -> np.ndarray:
        return intervals_within(
            segments, path, header.duration_s, self.card.label_overhang_s, self.faults
        )

    def _annotated(self, candidate: Candidate, channel: int | None, header: Header) -> np.ndarray:
        """Where the label file and the UEM files annotate: [intervals, 2] (s)."""
        annotated = whole(header.duration_s)
        if candidate.labels.annotated is not None:
            annotated = self._within(candidate.labels.annotated, candidate.path, header)
        if self.regions is not None:
            file_id = self.card.id_of(candidate.path)
            regions = self._of_channel(self.regions.segments.get(file_id, []), channel, header)
            if not regions:
                raise VadError(f"expected '{file_id}' in a file of 'annotated', found it in none")
            for own in by_channel(regions):
                annotated = intersect(annotated, self._within(own, candidate.path, header))
        return annotated

    def _count(self, by_class: dict[LabelClass, list[LabelledSegment]], header: Header) -> None:
        """Add labels, and what was cut of them, to the tally."""
        tally, corpus = self.faults.tally, self.card.name
        for kind, segments in by_class.items():
            for segment in segments:
                length_s = segment.end_s - segment.start_s
                tally.label_s[corpus, kind, shown(segment.label)] += length_s
                outside_s = max(-segment.start_s, 0) + max(segment.end_s - header.duration_s, 0)
                if kind == "speech" and outside_s:
                    tally.clamped[corpus] += 1
                    tally.clamped_s[corpus] += outside_s
