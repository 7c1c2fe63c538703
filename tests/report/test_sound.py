"""Sound and its pictures against what was put in."""

import io

import numpy as np
import pytest
import soundfile
from PIL import Image

from vad.report.sound import envelope, mp3, png, spectrogram


def tone(hz, seconds, sample_rate):
    time = np.arange(int(seconds * sample_rate)) / sample_rate
    return (10000 * np.sin(2 * np.pi * hz * time)).astype(np.int16)


def test_mp3_keeps_length_and_pitch_and_repeats(sample_rate):
    samples = tone(1000, 2.0, sample_rate)
    content = mp3(samples, sample_rate)
    assert mp3(samples, sample_rate) == content
    assert len(content) < 2.0 * 64_000 / 8
    heard, found_hz = soundfile.read(io.BytesIO(content))
    assert found_hz == sample_rate
    assert len(heard) == len(samples)
    spectrum = np.abs(np.fft.rfft(heard))
    # A bin is half a hertz.
    assert np.argmax(spectrum) / 2 == pytest.approx(1000, abs=1)


@pytest.mark.parametrize("hz", [500, 1500, 3000])
def test_a_tone_is_dark_in_its_row_and_while_it_lasts(hz, sample_rate):
    silence = np.zeros(sample_rate, np.int16)
    samples = np.concatenate([silence, tone(hz, 1, sample_rate), silence])
    grey = spectrogram(samples, sample_rate, 300)
    rows, columns = grey.shape
    assert abs(columns - 300) < 15
    darkest = np.argmin(grey[:, columns // 2])
    assert (1 - darkest / (rows - 1)) * sample_rate / 2 == pytest.approx(hz, abs=40)
    dark = np.flatnonzero(grey.min(axis=0) < 50)
    assert dark.min() / columns == pytest.approx(1 / 3, abs=0.02)
    assert dark.max() / columns == pytest.approx(2 / 3, abs=0.02)


def test_silence_is_a_picture():
    assert spectrogram(np.zeros(16000, np.int16), 16000, 100).shape[0] > 100


def test_png_is_read_back():
    grey = np.arange(200, dtype=np.uint8).reshape(10, 20)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(png(grey)))), grey)


def test_the_envelope_holds_the_extremes_of_each_column():
    samples = np.random.default_rng(0).integers(-9000, 20000, 1000).astype(np.int16)
    found = envelope(samples, 10)
    parts = samples.reshape(10, 100) / samples.max()
    np.testing.assert_allclose(found, np.stack((parts.min(1), parts.max(1)), 1), rtol=1e-12)
    assert np.all(envelope(np.zeros(5, np.int16), 10) == 0)
