"""Speech for tests, spoken by eSpeak NG with pauses between the sentences."""

from functools import lru_cache

import numpy as np
import soxr

from vad.corpora.readers.synthetic import from_int16
from vad.corpora.readers.synthetic.espeak import Utterance, speak
from vad.corpora.readers.synthetic.espeak_process import RATE_HZ

SENTENCES = ("Good morning, who is calling?", "The train leaves at nine.", "No.", "Turn it off.")
PAUSE_S = 1.2


@lru_cache(maxsize=2)
def sentences(sample_rate: int) -> np.ndarray:
    """About ten seconds with pauses of PAUSE_S, over faint noise, float32 [samples]."""
    spoken = speak([Utterance(text, "en-us+m3", 160, 45) for text in SENTENCES])
    pause = np.zeros(int(PAUSE_S * RATE_HZ), np.float32)
    parts = [part for one in spoken for part in (pause, 0.5 * from_int16(one))]
    audio = soxr.resample(np.concatenate([*parts, pause]), RATE_HZ, sample_rate)
    noise = np.random.default_rng(0).standard_normal(len(audio))
    return (audio + 1e-4 * noise).astype(np.float32)
