"""Stretches of recordings: their lengths, their labels, and silence that is labelled as speech."""

import numpy as np
import pytest
import soundfile

from vad.corpora import LabelledAudio, read_corpus, recording
from vad.corpora.recording import BLOCK_S, in_blocks, stretch
from vad.errors import VadError

CARD = "reader: jsonl\nlabels: x.jsonl\nsplit: {train: '*'}\n"


@pytest.mark.parametrize(("rate", "window"), [(8000, 256), (16000, 512)])
def test_no_window_is_split_between_stretches(rate: int, window: int) -> None:
    assert BLOCK_S * rate % window == 0


@pytest.mark.parametrize("rate", [8000, 16000])
def test_stretches_are_the_recording(make_corpus, whole, monkeypatch, rate: int) -> None:
    labels = '{"audio": "a.wav", "segments": [[0.5, 2.5], [3.9, 4], [4.5, 8.1]], '
    labels += '"annotated": [[0.25, 5], [8, 9]]}'
    (one,) = read_corpus(make_corpus(CARD, {"a.wav": 9, "x.jsonl": labels}))
    in_one = whole(one, rate)
    monkeypatch.setattr(recording, "BLOCK_S", 2)
    blocks = list(one.blocks(rate))
    assert [len(block.samples) / rate for block in blocks] == [2, 2, 2, 2, 1]
    assert [block.speech.round(9).tolist() for block in blocks] == [
        [[0.5, 2]],
        [[0, 0.5], [1.9, 2]],
        [[0.5, 2]],
        [[0, 2]],
        [[0, 0.1]],
    ]
    assert blocks[3].annotated.tolist() == []
    joined = whole(one, rate)
    assert np.array_equal(joined.samples, in_one.samples)
    assert np.allclose(joined.speech, in_one.speech, rtol=0, atol=1e-9)
    assert np.allclose(joined.annotated, in_one.annotated, rtol=0, atol=1e-9)
    made = list(in_blocks(in_one, rate))
    for block, other in zip(made, blocks, strict=True):
        assert np.array_equal(block.samples, other.samples)
        assert np.allclose(block.speech, other.speech, rtol=0, atol=1e-9)


def test_no_interval_is_empty() -> None:
    intervals = np.array([[0.0, 1.0], [1.5, 2.0], [2.0, 3.0]])
    assert stretch(intervals, 1.0, 2.0).tolist() == [[0.5, 1.0]]
    assert stretch(np.zeros((0, 2)), 0.0, 1.0).shape == (0, 2)


@pytest.mark.parametrize(("sound_at", "is_fault"), [(1.25, False), (0.25, True)])
def test_digital_silence_where_speech_is_labelled(
    make_corpus, monkeypatch, sound_at: float, is_fault: bool
) -> None:
    monkeypatch.setattr(recording, "BLOCK_S", 1)
    labels = '{"audio": "a.wav", "segments": [[0.5, 0.75], [1, 2]]}'
    folder = make_corpus(CARD, {"x.jsonl": labels})
    samples = np.zeros(3 * 16000)
    samples[round(sound_at * 16000)] = 0.5
    soundfile.write(folder / "a.wav", samples, 16000)
    (one,) = read_corpus(folder)
    if is_fault:
        with pytest.raises(VadError, match=r"a\.wav: digital silence wherever speech is labelled"):
            list(one.blocks(16000))
    else:
        assert len(list(one.blocks(16000))) == 3


def test_silence_without_speech_is_allowed(make_corpus) -> None:
    folder = make_corpus(
        CARD, {"x.jsonl": '{"audio": "a.wav", "segments": [], "annotated": [[0, 0.1]]}'}
    )
    soundfile.write(folder / "a.wav", np.zeros(1600), 16000)
    (one,) = read_corpus(folder)
    assert [type(block) for block in one.blocks(16000)] == [LabelledAudio]


def test_label_resolution_is_read(make_corpus) -> None:
    files = {"a.wav": 1, "x.jsonl": '{"audio": "a.wav", "segments": [[0, 1]]}'}
    (one,) = read_corpus(make_corpus(CARD + "label_resolution_ms: 12.5\n", files))
    assert one.label_resolution_ms == 12.5


@pytest.mark.parametrize("peak", [1e-5, 2e-4])
def test_what_16_bits_cannot_hold_is_a_fault(make_corpus, peak: float) -> None:
    folder = make_corpus(CARD, {"x.jsonl": '{"audio": "a.wav", "segments": [[0, 1]]}'})
    tone = peak * np.cos(np.arange(32000))
    soundfile.write(folder / "a.wav", tone, 16000, "FLOAT")
    (one,) = read_corpus(folder)
    with pytest.raises(VadError, match=r"a\.wav: peaks at .* silence in 16 bits: raise the level"):
        list(one.blocks(16000))
