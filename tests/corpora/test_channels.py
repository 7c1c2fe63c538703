"""Labels of channels: numbers from 0 or 1, sides that are missing, annotated parts of each."""

from pathlib import Path

import pytest

from vad.corpora.audio import Header
from vad.corpora.channels import Channels, by_channel
from vad.corpora.spans import LabelledSegment, Segment
from vad.errors import VadError

STEREO, MONO = Header(4.0, 16000, 2), Header(4.0, 16000, 1)


def segments(*channels: int | None) -> list[LabelledSegment]:
    return [Segment(n, n + 1, None, c).at(Path("x"), "line") for n, c in enumerate(channels)]


@pytest.mark.parametrize(("first", "second"), [(1, 2), (0, 1)])
def test_channels_count_from_0_where_one_is_0(first: int, second: int) -> None:
    labels = segments(first, second, None)
    channels = Channels.of([labels])
    assert channels.of_one(labels, 0, STEREO) == [labels[0], labels[2]]
    assert channels.of_one(labels, 1, STEREO) == [labels[1], labels[2]]
    assert channels.of_one(labels, None, STEREO) == labels


def test_labels_of_another_channel_alone_are_a_fault() -> None:
    labels = segments(2)
    with pytest.raises(VadError, match="all labels are of channel 2, the card reads channel 0"):
        Channels.of([labels]).of_one(labels, 0, STEREO)


def test_labels_of_two_channels_for_one_are_a_fault() -> None:
    labels = segments(1, 2)
    with pytest.raises(VadError, match="labels of channels 1, 2, the audio has one"):
        Channels.of([labels]).of_one(labels, 0, MONO)
    labels = segments(2)
    assert Channels.of([labels]).of_one(labels, 0, MONO) == labels


def test_parts_of_each_channel() -> None:
    labels = segments(1, None, 2)
    assert by_channel(labels) == [labels[:2], labels[1:]]
    assert by_channel(segments(None)) == [segments(None)]
