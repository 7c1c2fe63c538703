"""Speech of many languages and voices that is nobody's domain: a tuned model may not forget it.

Spoken by eSpeak NG like the demo corpus, with generated noise and rooms, which also stand in
where the user's corpora hold none. It needs no folder: any number of minutes is made when asked.
"""

from dataclasses import replace

from vad.corpora.card import Role, Splits
from vad.corpora.recording import Recording
from vad.corpora.synthetic import Card, plan

NAME = "general"
ROLE: Role = "general"

RECORDING_S = 20
NOISE_S = 10


def general_recordings(minutes: int) -> list[Recording]:
    """Recordings of role ROLE for `minutes`, and half as long of noise, and rooms.

    For training and validation alone: the test split stays what the user brought.
    """
    if not minutes:
        return []
    card = Card(
        name=NAME,
        reader="synthetic",
        licence="MIT",
        citation="Sentences of this repository, spoken by eSpeak NG",
        split=Splits.model_validate({"train": ["train/*", "test/*"], "val": "val/*"}),
        recordings=minutes * 60 // RECORDING_S,
        seconds=RECORDING_S,
        noise_recordings=minutes * 60 // (2 * NOISE_S),
        noise_seconds=NOISE_S,
        rooms=2 * minutes,
        snr_min_db=0,
        snr_max_db=25,
        seed=0,
    )
    return [replace(r, role=ROLE) if r.role == "speech" else r for r in plan(card)]
