import io

import numpy as np
import pytest
import soundfile
from scipy.signal import correlate, welch

from vad.conditions.channel import (
    PACKET_S,
    clip_above_speech,
    drop_packets,
    mu_law,
    packet_count,
    packet_samples,
    telephone,
)
from vad.conditions.mixing import amplitude, power

# G.711 replaces the curve by straight pieces whose steps are at most 1/16 of what they code,
# plus the smallest step (of 8159 to full scale); half a step is lost either way.
MU_LAW_RELATIVE, MU_LAW_ABSOLUTE = 1 / 32, 2 / 8159
# Of the line between 500 and 3000 Hz, and how far it is down where it must not pass.
PASS_DB, STOP_DB = 0.5, -30


@pytest.fixture
def draw():
    return np.random.default_rng(0)


def companded(samples: np.ndarray) -> np.ndarray:
    """The mu-law curve, ITU-T G.711, mu = 255."""
    return np.sign(samples) * np.log1p(255 * np.abs(samples)) / np.log1p(255)


def test_clipping_cuts_at_a_level_above_the_speech(draw):
    samples = draw.standard_normal(16000).astype(np.float32)
    speech = np.arange(16000) >= 8000
    samples[~speech] *= 4
    clipped = clip_above_speech(samples, speech, headroom_db=6)
    limit = np.sqrt(power(samples[speech])) * amplitude(6)
    np.testing.assert_allclose(clipped, np.clip(samples, -limit, limit), rtol=1e-6)
    assert (clipped != samples).any()


def test_clipping_leaves_silence(draw):
    noise = draw.standard_normal(100).astype(np.float32)
    speech = np.arange(100) < 10
    noise[speech] = 0
    np.testing.assert_array_equal(clip_above_speech(noise, speech, 3), noise)


def test_mu_law_follows_its_formula(draw):
    samples = np.concatenate([np.linspace(-0.98, 0.98, 9999), 0.003 * draw.standard_normal(999)])
    coded = mu_law(samples.astype(np.float32))
    bound = MU_LAW_RELATIVE * np.abs(samples) + MU_LAW_ABSOLUTE
    assert (np.abs(coded - samples) <= bound).all()
    assert len(np.unique(coded)) <= 256
    # Evenly spaced on the curve, as 8 bits are: twice as fine as G.711 may stray from it.
    steps = np.diff(np.unique(companded(coded)))
    assert steps.max() < 3 * (2 / 255)


def test_mu_law_is_that_of_a_file(draw):
    samples = (0.1 * draw.standard_normal(8000)).astype(np.float32)
    file = io.BytesIO()
    soundfile.write(file, samples, 8000, format="WAV", subtype="ULAW")
    file.seek(0)
    np.testing.assert_array_equal(mu_law(samples), soundfile.read(file, dtype="float32")[0])


def test_mu_law_cuts_what_is_too_loud():
    loud = mu_law(np.array([-3, -1, 1, 3], np.float32))
    assert loud[0] == loud[1] == -loud[2] == -loud[3] < -0.95


def test_telephone_passes_its_band_alone(draw, sample_rate):
    samples = (0.1 * draw.standard_normal(30 * sample_rate)).astype(np.float32)
    heard = telephone(samples, sample_rate)
    frequency_hz, before = welch(samples, sample_rate, nperseg=1024)
    _, after = welch(heard, sample_rate, nperseg=1024)
    gain_db = 10 * np.log10(after / before)
    passed = (frequency_hz > 500) & (frequency_hz < 3000)
    assert np.abs(gain_db[passed]).max() < PASS_DB
    # Below 40 Hz the window of the spectrum sees its own removal of the mean.
    stopped = ((frequency_hz > 40) & (frequency_hz < 150)) | (frequency_hz > 3600)
    assert gain_db[stopped].max() < STOP_DB


@pytest.mark.parametrize("sample_count", [16000, 15999, 401, 100, 1])
def test_telephone_keeps_place_and_length(draw, sample_rate, sample_count):
    samples = (0.1 * draw.standard_normal(sample_count)).astype(np.float32)
    heard = telephone(samples, sample_rate)
    assert heard.shape == samples.shape
    assert heard.dtype == np.float32
    if sample_count > 1000:
        assert np.argmax(correlate(heard, samples)) == sample_count - 1


def test_telephone_silence_is_silence(sample_rate):
    assert np.abs(telephone(np.zeros(sample_rate, np.float32), sample_rate)).max() < 1e-3


def test_lost_packets_are_silent_or_the_one_before(sample_rate):
    size = packet_samples(sample_rate)
    assert size == PACKET_S * sample_rate
    samples = np.repeat(np.arange(1, 7, dtype=np.float32), size)[: -size // 2]
    lost = np.array([True, False, True, True, False, True])
    for repeat, expected in ((False, [0, 2, 0, 0, 5, 0]), (True, [0, 2, 2, 0, 5, 5])):
        heard = drop_packets(samples, lost, sample_rate, repeat=repeat)
        np.testing.assert_array_equal(heard, np.repeat(expected, size)[: -size // 2])


def test_no_lost_packet_changes_nothing(draw, sample_rate):
    samples = draw.standard_normal(1001).astype(np.float32)
    count = packet_count(1001, sample_rate)
    for repeat in (False, True):
        heard = drop_packets(samples, np.zeros(count, bool), sample_rate, repeat=repeat)
        np.testing.assert_array_equal(heard, samples)


def test_packets_cover_all_samples(sample_rate):
    size = packet_samples(sample_rate)
    assert [packet_count(n, sample_rate) for n in (0, 1, size, size + 1)] == [0, 1, 1, 2]
