from dataclasses import replace

import numpy as np
import pytest

from vad.corpora.readers.synthetic.espeak_process import RATE_HZ
from vad.corpora.readers.synthetic.music import Instrument, music, rhythm

SECONDS = 8


@pytest.fixture
def draw() -> np.random.Generator:
    return np.random.default_rng(1)


def test_a_note_has_its_pitch_and_partials(draw):
    plain = replace(
        Instrument.drawn(draw),
        partials=np.array([1, 0, 0.5] + 13 * [0]),
        stretch=0,
        vibrato_depth=0,
        glide=0,
        decay_s=5,
    )
    note = plain.note(440, 1, draw)
    spectrum = np.abs(np.fft.rfft(note * np.hanning(len(note))))
    frequency_hz = np.fft.rfftfreq(len(note), 1 / RATE_HZ)
    for order, part in ((1, 1), (3, 0.5)):
        near = np.abs(frequency_hz - order * 440) < 20
        assert spectrum[near].max() / spectrum.max() == pytest.approx(part, rel=0.05)
    away = np.min([np.abs(frequency_hz - order * 440) for order in (1, 3)], axis=0) > 50
    assert spectrum[away].max() < 0.01 * spectrum.max()


def test_notes_follow_each_other_within_the_recording(draw):
    starts, lengths_s = zip(*rhythm(SECONDS * RATE_HZ, draw, 0.5), strict=True)
    assert starts[0] >= 0
    assert starts[-1] < SECONDS * RATE_HZ
    gaps_s = np.diff(starts) / RATE_HZ
    assert (gaps_s > np.array(lengths_s[:-1]) - 1e-3).all()


def test_every_piece_is_another():
    pieces = [music(SECONDS * RATE_HZ, np.random.default_rng(seed)) for seed in range(12)]
    for piece in pieces:
        assert piece.shape == (SECONDS * RATE_HZ,)
        assert np.isfinite(piece).all()
        assert np.mean(piece**2) > 1e-3
    assert len({piece.tobytes() for piece in pieces}) == 12
    again = music(SECONDS * RATE_HZ, np.random.default_rng(3))
    np.testing.assert_array_equal(again, pieces[3])
