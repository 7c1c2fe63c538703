import numpy as np
import pytest
from scipy.signal import welch

from vad.corpora.readers.synthetic import RATE_HZ
from vad.corpora.readers.synthetic.crowd import CrowdRecording, crowd
from vad.corpora.readers.synthetic.noises import white
from vad.corpora.rehearsal import rehearsal_recordings


def crowds(background_speech) -> list[CrowdRecording]:
    recordings = rehearsal_recordings(2, background_speech)
    return [r for r in recordings if isinstance(r, CrowdRecording)]


@pytest.mark.parametrize(("background_speech", "seconds"), [("noise", 0), ("speech", 10)])
def test_the_user_decides_whether_a_crowd_is_speech(background_speech, seconds):
    (audio,) = crowds(background_speech)[0].blocks(16000)
    assert (audio.speech[:, 1] - audio.speech[:, 0]).sum() == seconds
    assert audio.annotated.tolist() == [[0, 10]]
    assert len(audio.samples) == 160000
    assert crowds(background_speech)[0].role == "rehearsal"


def test_crowds_can_be_left_out():
    assert not crowds("ignore")
    assert {recording.split for recording in crowds("noise")} == {"train", "val"}


def test_a_crowd_has_the_spectrum_of_its_talkers_and_fewer_pauses():
    draw = np.random.default_rng(0)
    bursts = np.repeat(draw.random(40) < 0.5, RATE_HZ // 4)
    monologue = bursts * np.cumsum(draw.standard_normal(len(bursts))) % 1
    monologue = (monologue - monologue.mean()) * bursts
    sound = crowd(monologue, 10 * RATE_HZ, draw)
    assert np.mean(sound**2) == pytest.approx(1)
    frames = np.sqrt((sound.reshape(-1, RATE_HZ // 10) ** 2).mean(axis=1))
    assert frames.min() > 0.3
    _, level = welch(sound, RATE_HZ)
    assert level[:64].sum() > 0.5 * level.sum()
    assert white(10, draw).shape == (10,)
