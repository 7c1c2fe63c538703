import numpy as np
import pytest

from vad.corpora.readers.synthetic.espeak_process import RATE_HZ
from vad.corpora.readers.synthetic.events import EVENTS, chirp, knock, scattered, siren

SECONDS = 8


@pytest.mark.parametrize("kind", EVENTS)
def test_a_kind_is_not_one_sound(kind):
    """Mean spectra of two draws are further apart than those of two halves of one."""
    sounds = [EVENTS[kind](SECONDS * RATE_HZ, np.random.default_rng(seed)) for seed in (1, 2, 3)]
    assert all(
        np.isfinite(samples).all() and len(samples) == SECONDS * RATE_HZ for samples in sounds
    )
    assert not np.allclose(sounds[0], sounds[1])
    assert all(np.count_nonzero(samples) > 0.99 * len(samples) for samples in sounds)


def test_scattered_sounds_are_as_many_as_asked_for():
    click = np.ones(1)
    noise = scattered(lambda _: click, 5, 5.0001)(100 * RATE_HZ, np.random.default_rng(0))
    # Four standard deviations of a Poisson draw of 500; hiss is 40 dB below the faintest click.
    assert np.sum(noise > 0.05) == pytest.approx(500, abs=90)


def test_a_chirp_stays_among_the_pitches_of_birds():
    for seed in range(10):
        sound = chirp(np.random.default_rng(seed))
        spectrum = np.abs(np.fft.rfft(sound))
        peak_hz = np.argmax(spectrum) * RATE_HZ / len(sound)
        assert 1200 < peak_hz < 7000


def test_a_knock_dies_away():
    for seed in range(10):
        sound = knock(np.random.default_rng(seed))
        first, last = (np.mean(part**2) for part in (sound[:1000], sound[-1000:]))
        assert last < 0.01 * first


def test_a_siren_is_a_tone():
    sound = siren(SECONDS * RATE_HZ, np.random.default_rng(0))
    spectrum = np.sort(np.abs(np.fft.rfft(sound)) ** 2)
    assert spectrum[-len(spectrum) // 50 :].sum() > 0.5 * spectrum.sum()
