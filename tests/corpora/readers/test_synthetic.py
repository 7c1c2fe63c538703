"""The demo corpus: equal in any process and any order, labelled where the sound is."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vad.corpora import read_corpus
from vad.corpora.readers.synthetic import VOICES, laid_out, speech_runs
from vad.corpora.readers.synthetic.espeak import Utterance, speak
from vad.corpora.readers.synthetic.noises import NOISES, RATE_HZ
from vad.corpora.readers.synthetic.sentences import SENTENCES
from vad.errors import VadError

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "data" / "raw" / "demo"
CARD = """
reader: synthetic
recordings: 6
seconds: 5
noise_recordings: 3
noise_seconds: 2
snr_min_db: 60
snr_max_db: 60
seed: {seed}
split: {{train: train/*, val: val/*, test: test/*}}
speaker: ^[^/]+/([^/]+)/
"""
WINDOW_S = 0.032


def digest_of(folder: Path, order: int) -> str:
    """A hash over all recordings at both rates, read forwards (1) or backwards (-1)."""
    contents = {}
    for recording in read_corpus(folder)[::order]:
        for rate in (16000, 8000)[::order]:
            (audio,) = recording.blocks(rate)
            contents[recording.name, rate] = audio.samples.tobytes() + audio.speech.tobytes()
    return hashlib.sha256(b"".join(contents[key] for key in sorted(contents))).hexdigest()


def test_equal_in_any_process_and_order(make_corpus) -> None:
    folder = make_corpus(CARD.format(seed=1), {})
    script = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from pathlib import Path; from test_synthetic import digest_of\n"
        f"print(digest_of(Path({str(folder)!r}), -1))"
    )
    other = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == digest_of(folder, 1)


def test_another_seed_is_another_corpus(make_corpus, whole) -> None:
    one = whole(read_corpus(make_corpus(CARD.format(seed=1), {}))[0], 8000)
    two = whole(read_corpus(make_corpus(CARD.format(seed=2), {}))[0], 8000)
    assert not np.array_equal(one.samples, two.samples)


@pytest.mark.parametrize("rate", [16000, 8000])
def test_label_follows_the_sound_to_within_a_window(make_corpus, whole, rate: int) -> None:
    """At 60 dB over the noise, energy alone finds the speech."""
    for recording in read_corpus(make_corpus(CARD.format(seed=1), {})):
        if recording.role != "speech":
            continue
        audio = whole(recording, rate)
        assert len(audio.samples) == recording.duration_s * rate
        assert audio.annotated.tolist() == [[0, recording.duration_s]]
        time_s = np.arange(len(audio.samples)) / rate
        loud = np.abs(audio.samples) > 0.02 * np.abs(audio.samples).max()
        for start, end in audio.speech:
            inside = time_s[loud & (time_s >= start - WINDOW_S) & (time_s < end + WINDOW_S)]
            assert inside[0] - start > -0.005
            assert inside[-1] - end < 0.005
        outside = np.ones(len(time_s), bool)
        for start, end in audio.speech:
            outside &= (time_s < start - WINDOW_S) | (time_s > end + WINDOW_S)
        assert not loud[outside].any()


def test_label_is_the_clean_speech() -> None:
    tone = np.sin(np.arange(RATE_HZ // 2))
    utterance = np.concatenate([np.zeros(441), tone, np.zeros(2000), tone, np.zeros(9000), tone])
    runs = speech_runs(utterance)
    # A pause of 2000 samples (91 ms) is speech, one of 9000 (0.41 s) is none; 10 ms frames.
    expected = np.array([[441, 24491], [33466, 44491]])
    assert np.abs(runs - expected).max() <= RATE_HZ // 100
    samples, intervals = laid_out([utterance], 3 * RATE_HZ, np.random.default_rng(0))
    start = np.flatnonzero(samples)[0] / RATE_HZ
    assert abs(intervals[0, 0] - start) <= 0.01
    assert 0.3 <= intervals[0, 0] <= 2.0


def test_every_voice_says_every_sentence() -> None:
    for voice in {voice for voices in VOICES.values() for voice in voices}:
        sentences = SENTENCES[voice.partition("+")[0]]
        for data in speak([Utterance(text, voice, 170, 50) for text in sentences]):
            samples = np.frombuffer(data, np.int16)
            assert 0.8 * RATE_HZ < len(samples) < 6 * RATE_HZ
            assert np.abs(samples).max() > 1000


@pytest.mark.parametrize("kind", NOISES)
def test_noise_has_unit_power_and_its_own_draws(kind: str) -> None:
    noise = NOISES[kind]
    one = noise(RATE_HZ, np.random.default_rng(1))
    assert one.shape == (RATE_HZ,)
    assert np.isclose(np.mean(one**2), 1)
    assert np.array_equal(one, noise(RATE_HZ, np.random.default_rng(1)))
    assert not np.array_equal(one, noise(RATE_HZ, np.random.default_rng(2)))


def test_shipped_demo_has_several_voices_and_noises_in_each_split() -> None:
    recordings = read_corpus(DEMO)
    for split in ("train", "val", "test"):
        here = [r for r in recordings if r.split == split]
        assert len({r.speaker for r in here if r.role == "speech"}) >= 3
        assert sum(r.role == "noise" for r in here) >= 3


def test_a_longer_plan_begins_with_the_shorter_one(make_corpus) -> None:
    short = read_corpus(make_corpus(CARD.format(seed=1), {}))
    card = CARD.format(seed=1).replace("recordings: 6", "recordings: 12")
    longer = {r.name: r for r in read_corpus(make_corpus(card, {}))}
    assert all(longer[r.name] == r for r in short)


def test_fault_in_levels(make_corpus) -> None:
    card = CARD.format(seed=1).replace("snr_min_db: 60", "snr_min_db: 60.5")
    with pytest.raises(VadError, match=r"'snr_min_db' is 60\.5, expected less than or equal to 60"):
        read_corpus(make_corpus(card, {}))
    card = CARD.format(seed=1).replace("snr_max_db: 60", "snr_max_db: 50")
    with pytest.raises(VadError, match="snr_min_db is 60, expected at most snr_max_db, 50"):
        read_corpus(make_corpus(card, {}))


def test_voice_that_is_not_there() -> None:
    with pytest.raises(VadError, match="eSpeak NG stopped with 1: no voice 'tlh"):
        speak([Utterance("nuqneH", "tlhx", 170, 50)])
