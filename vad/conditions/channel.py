"""Effects between microphone and listener: overload, telephone lines and lost packets.

Every function takes and returns float32 [samples], keeps their number and moves nothing in time.
"""

from functools import lru_cache
from io import BytesIO

import numpy as np
import soundfile
from scipy.signal import firwin, oaconvolve, resample_poly

from vad.conditions.mixing import SILENT_POWER, amplitude, speech_power

# The voice channel of ITU-T G.712 and the codec of ITU-T G.711.
TELEPHONE_RATE = 8000
TELEPHONE_BAND_HZ = (300, 3400)
# Long enough to fall from pass to stop within 130 Hz, and shorter than a window of the network.
BAND_FILTER_S = 0.025

# What one packet of a call holds by default (RFC 3551, section 4.2).
PACKET_S = 0.02


def clip_above_speech(samples: np.ndarray, speech: np.ndarray, headroom_db: float) -> np.ndarray:
    """`samples` cut off at `headroom_db` above the mean level of speech (bool [samples])."""
    level = speech_power(samples, speech)
    if level < SILENT_POWER:
        return samples
    limit = np.float32(np.sqrt(level) * amplitude(headroom_db))
    return np.clip(samples, -limit, limit)


def telephone(samples: np.ndarray, sample_rate: int) -> np.ndarray:
    """`samples` over a telephone line: 300 to 3400 Hz, 8 kHz, mu-law.

    `sample_rate` is a multiple of 8000 Hz.
    """
    step = sample_rate // TELEPHONE_RATE
    band = oaconvolve(samples, _band_filter(sample_rate), mode="same")
    coded = mu_law(band[::step])
    return resample_poly(coded, step, 1)[: len(samples)].astype(np.float32)


def mu_law(samples: np.ndarray) -> np.ndarray:
    """`samples` coded in 8 bits by ITU-T G.711 mu-law and decoded; beyond -1..1 they are cut."""
    # libsndfile looks codes up in a table and reads past its end when a sample is larger.
    within = np.clip(samples, -1, 1)
    line = {"samplerate": TELEPHONE_RATE, "format": "RAW", "subtype": "ULAW"}
    codes = BytesIO()
    soundfile.write(codes, within, **line)
    codes.seek(0)
    decoded, _ = soundfile.read(codes, dtype="float32", channels=1, **line)
    return decoded


def drop_packets(
    samples: np.ndarray, lost: np.ndarray, sample_rate: int, *, repeat: bool
) -> np.ndarray:
    """`samples` without the packets of PACKET_S in which `lost` (bool [packets]) holds.

    They are silent, or with `repeat` the first of a run is the packet before it again: speech
    never lasts longer than that beyond its label.
    """
    sent = np.zeros((len(lost), packet_samples(sample_rate)), np.float32)
    sent.reshape(-1)[: len(samples)] = samples
    heard = np.where(lost[:, None], np.float32(0), sent)
    if repeat:
        first = np.flatnonzero(lost[1:] & ~lost[:-1]) + 1
        heard[first] = sent[first - 1]
    return heard.reshape(-1)[: len(samples)]


def packet_count(sample_count: int, sample_rate: int) -> int:
    """Packets that `sample_count` samples fill, the last one perhaps in part."""
    return -(-sample_count // packet_samples(sample_rate))


def packet_samples(sample_rate: int) -> int:
    return round(PACKET_S * sample_rate)


@lru_cache
def _band_filter(sample_rate: int) -> np.ndarray:
    """Symmetric, so that it delays no frequency: float32 [taps], an odd number."""
    taps = 2 * round(BAND_FILTER_S * sample_rate / 2) + 1
    band = firwin(taps, TELEPHONE_BAND_HZ, pass_zero=False, fs=sample_rate)
    return band.astype(np.float32)
