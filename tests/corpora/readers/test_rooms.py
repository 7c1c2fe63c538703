import numpy as np
import pytest

from vad.corpora.readers.synthetic.rooms import DECAY_60_DB_S, DIRECT_OVER_TAIL_DB, room_response

RATE_HZ = 16000
# Of a decay read off the energy of one drawn tail, in dB.
TOLERANCE_DB = 4.0


@pytest.fixture(params=range(5))
def response(request):
    return room_response(np.random.default_rng(request.param), RATE_HZ)


def test_the_direct_sound_is_first_and_strongest(response):
    assert np.argmax(np.abs(response)) == 0
    assert response[0] == 1


def test_energy_lies_as_far_below_the_direct_sound_as_drawn(response):
    ratio_db = -10 * np.log10(np.sum(response[1:] ** 2))
    assert DIRECT_OVER_TAIL_DB[0] <= ratio_db <= DIRECT_OVER_TAIL_DB[1]


def test_the_tail_falls_by_sixty_decibels(response):
    """By its mean power in the second tenth and in the last one, eight tenths later."""
    assert DECAY_60_DB_S[0] <= len(response) / RATE_HZ <= DECAY_60_DB_S[1]
    tenths = [np.mean(part**2) for part in np.array_split(response[1:], 10)]
    assert 10 * np.log10(tenths[1] / tenths[9]) == pytest.approx(48, abs=TOLERANCE_DB)
