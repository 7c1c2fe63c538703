"""Channels, annotated parts and bounds of labels, against what a listener would hear."""

import re

import numpy as np
import pytest
import soundfile

from vad.corpora import read_corpus
from vad.errors import VadError
from vad.faults import Faults

RTTM = "reader: rttm\naudio: '*.wav'\nlabels: '*.rttm'\nsplit: {train: '*'}\n"
CTM = "reader: ctm\naudio: '*.wav'\nlabels: '*.ctm'\nsplit: {train: '*'}\n"


def turn(file_id: str, channel: object, start: float, duration: float) -> str:
    return f"SPEAKER {file_id} {channel} {start} {duration} <NA> <NA> ann <NA> <NA>\n"


def call(make_corpus, card: str, channels: int = 2, **files: str):
    folder = make_corpus(card, {name.replace("_", "."): text for name, text in files.items()})
    tones = 0.1 * np.random.default_rng(0).standard_normal((64000, channels))
    soundfile.write(folder / "call.wav", tones, 16000)
    return folder


BOTH = turn("call", 1, 0.25, 1) + turn("call", 2, 2, 1.5)


@pytest.mark.parametrize(("channel", "speech"), [(0, [[0.25, 1.25]]), (1, [[2, 3.5]])])
def test_labels_are_those_of_the_channel(make_corpus, channel: int, speech: list) -> None:
    folder = call(make_corpus, f"{RTTM}channel: {channel}\n", call_rttm=BOTH)
    (recording,) = read_corpus(folder)
    assert recording.speech.tolist() == speech


def test_the_mean_of_all_channels_has_the_labels_of_all(make_corpus) -> None:
    (recording,) = read_corpus(call(make_corpus, RTTM, call_rttm=BOTH))
    assert recording.speech.tolist() == [[0.25, 1.25], [2, 3.5]]


@pytest.mark.parametrize("names", [("1", "2"), ("0", "1"), ("A", "B")])
def test_channels_count_from_0_from_1_or_from_a(make_corpus, names) -> None:
    ctm = f"call {names[0]} 0.25 1 yes\ncall {names[1]} 2 1.5 no\n"
    (recording,) = read_corpus(call(make_corpus, CTM + "channel: 1\n", call_ctm=ctm))
    assert recording.speech.tolist() == [[2, 3.5]]


def test_each_channel_is_a_recording_and_both_are_in_one_split(make_corpus) -> None:
    card = RTTM.replace("split: {train: '*'}", "split: {test: call}") + "channel: each\n"
    one, two = read_corpus(call(make_corpus, card, call_rttm=BOTH))
    assert (one.name, two.name) == ("call/channel0", "call/channel1")
    assert (one.channel, two.channel) == (0, 1)
    assert one.split == two.split == "test"
    assert one.speech.tolist() == [[0.25, 1.25]]
    assert two.speech.tolist() == [[2, 3.5]]


def test_uem_regions_are_those_of_the_channel(make_corpus) -> None:
    card = RTTM + "annotated: '*.uem'\nchannel: each\n"
    uem = "call 1 0 2\ncall 2 2 4\n"
    one, two = read_corpus(call(make_corpus, card, call_rttm=BOTH, call_uem=uem))
    assert (one.annotated.tolist(), two.annotated.tolist()) == ([[0, 2]], [[2, 4]])


def test_labels_of_one_other_channel_are_a_fault_with_a_way_out(make_corpus) -> None:
    rttm = turn("call", 1, 0.25, 1)
    expected = r"call\.wav: all labels are of channel 1, the card reads channel 1 .from 0.: 'label_"
    with pytest.raises(VadError, match=expected):
        read_corpus(call(make_corpus, RTTM + "channel: 1\n", call_rttm=rttm))
    card = RTTM + "channel: 1\nlabel_channel: any\n"
    (recording,) = read_corpus(call(make_corpus, card, call_rttm=rttm))
    assert recording.speech.tolist() == [[0.25, 1.25]]


def test_labels_of_two_channels_on_a_file_of_one_are_a_fault(make_corpus) -> None:
    with pytest.raises(VadError, match="labels of channels 1, 2, the audio has one: 'label_chan"):
        read_corpus(call(make_corpus, RTTM + "channel: 0\n", channels=1, call_rttm=BOTH))


def test_a_label_beyond_the_audio_is_cut_where_the_card_allows_it(make_corpus) -> None:
    rttm = turn("call", 1, 1, 0.5) + turn("call", 1, 3.5, 0.7) + turn("call", 1, -0.1, 0.2)
    with pytest.raises(VadError) as error:
        read_corpus(call(make_corpus, RTTM, call_rttm=rttm))
    (line,) = str(error.value).splitlines()
    assert "line 2: from 3.5 to 4.2 s" in line
    assert line.endswith(
        "'label_overhang_s: 0.2' in corpus.yaml would cut off the 0.2 s (and 1 more outside)"
    )
    faults = Faults()
    folder = call(make_corpus, RTTM + "label_overhang_s: 0.2\n", call_rttm=rttm)
    (recording,) = read_corpus(folder, faults)
    assert recording.speech.tolist() == [[0, 0.1], [1, 1.5], [3.5, 4]]
    clamped = faults.tally.as_metrics()["clamped"]["calls"]
    assert clamped["labels"] == 2
    assert clamped["seconds"] == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            "0 1 x\n1000 2000 x\n",
            r"line 2: from 1000 to 2000 s.*: are the times seconds, and of",
        ),
        ("0 500 sil\n500 900 sil\n", r"line 2: .*: are the times seconds.* .and 1 more outside"),
    ],
)
def test_labels_in_other_units_or_of_another_recording_are_one_fault(
    make_corpus, lines: str, expected: str
) -> None:
    lab = "reader: lab\naudio: '*.wav'\nlabels: '*.lab'\nsplit: {train: '*'}\n"
    faults = Faults()
    assert read_corpus(call(make_corpus, lab, call_lab=lines), faults) == []
    (fault,) = faults.entries
    assert re.search(expected, fault.reason)


def test_of_many_broken_lines_the_first_are_named_and_the_rest_counted(make_corpus) -> None:
    lab = "reader: lab\naudio: '*.wav'\nlabels: '*.lab'\nsplit: {train: '*'}\n"
    faults = Faults()
    assert read_corpus(call(make_corpus, lab, call_lab="0 1 x\n" + "0 x\n" * 9), faults) == []
    assert len(faults.entries) == 6
    assert faults.entries[-1].reason == "and 4 more of its lines have a fault"


def test_a_silent_label_beyond_the_audio_is_allowed(make_corpus) -> None:
    lab = "reader: lab\naudio: '*.wav'\nlabels: '*.lab'\nsplit: {train: '*'}\n"
    (recording,) = read_corpus(call(make_corpus, lab, call_lab="0 1 x\n1 9 silence\n"))
    assert recording.speech.tolist() == [[0, 1]]
    with pytest.raises(VadError, match=r"line 2: 'nan', expected seconds"):
        read_corpus(call(make_corpus, lab, call_lab="0 1 x\n1 nan silence\n"))


def test_ignored_labels_are_not_annotated_and_are_counted(make_corpus) -> None:
    card = "reader: audacity\naudio: '*.wav'\nlabels: '*.txt'\nignored: 'maybe*'\n"
    labels = "0.5\t1\tspeech\n1\t1.5\tmaybe here\n2\t3\tspeech\n2.5\t2.75\tmaybe\n"
    folder = make_corpus(card + "split: {train: '*'}\n", {"a.wav": 4.0, "a.txt": labels})
    faults = Faults()
    (recording,) = read_corpus(folder, faults)
    assert recording.annotated.tolist() == [[0, 1], [1.5, 2.5], [2.75, 4]]
    assert recording.speech.tolist() == [[0.5, 1], [2, 3]]
    assert faults.tally.as_metrics()["labels"]["calls"]["ignored"] == {
        "maybe": 0.25,
        "maybe here": 0.5,
    }
