"""Data folders as Kaldi's recipes make them."""

import numpy as np
import pytest
import soundfile

from vad.corpora import read_corpus
from vad.errors import VadError

CARD = "reader: kaldi\nscp: data/wav.scp\nsplit: {train: '*'}\n"
FILES = {
    "data/wav.scp": "call-A wav/call.wav\ncall-B wav/call.wav\n",
    "data/segments": "u1 call-A 0.25 1\nu2 call-B 1.5 1.75\n",
    "data/reco2file_and_channel": "call-A call A\ncall-B call B\n",
}


def folder_of(make_corpus, **changes: str):
    files = FILES | {f"data/{name.replace('_scp', '.scp')}": text for name, text in changes.items()}
    folder = make_corpus(CARD, files)
    (folder / "wav").mkdir(exist_ok=True)
    noise = 0.1 * np.random.default_rng(0).standard_normal((32000, 2))
    soundfile.write(folder / "wav" / "call.wav", noise, 16000)
    return folder


def test_sides_of_a_call_are_recordings(make_corpus) -> None:
    one, two = read_corpus(folder_of(make_corpus))
    assert (one.name, one.channel, one.speech.tolist()) == ("call-A", 0, [[0.25, 1]])
    assert (two.name, two.channel, two.speech.tolist()) == ("call-B", 1, [[1.5, 1.75]])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"wav_scp": "call-A sph2pipe -f wav call.sph |\n"}, "is the command 'sph2pipe|no line of"),
        (
            {"segments": "u1 call-A 0.25\n"},
            "line 1: 'u1 call-A 0.25', expected 'utterance",
        ),
        ({"segments": "u1 other 0 1\n"}, "no line of wav.scp for recording 'other'"),
        ({"reco2file_and_channel": "call-A call X\n"}, "expected 'recording file channel', A or 1"),
        ({"wav_scp": "call-A\ncall-B x.wav\n"}, "line 1: 'call-A', expected two fields"),
    ],
)
def test_faults(make_corpus, changes: dict, expected: str) -> None:
    with pytest.raises(VadError, match=expected):
        read_corpus(folder_of(make_corpus, **changes))
