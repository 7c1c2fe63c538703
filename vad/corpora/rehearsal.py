"""Speech of many languages and voices that is nobody's domain: a tuned model may not forget it.

Spoken by eSpeak NG like the demo corpus, with generated noise and rooms, which also stand in
where the user's corpora hold none, and with crowds. It needs no folder: any number of minutes is
made when asked.
"""

from collections.abc import Iterator
from dataclasses import replace

from vad.corpora.card import REHEARSAL, Role, Splits
from vad.corpora.readers.synthetic import NOISE_KINDS, Card, SpokenRecording, plan
from vad.corpora.readers.synthetic.crowd import plan_crowds
from vad.corpora.recording import Recording
from vad.params import BackgroundSpeech

NAME = REHEARSAL
ROLE: Role = REHEARSAL

RECORDING_S = 20
NOISE_S = 10
# Recordings for each minute of speech. Of noise and crowds, those for a test are never made.
NOISES, CROWDS, ROOMS = 12, 3, 2


def rehearsal_recordings(minutes: int, background_speech: BackgroundSpeech) -> list[Recording]:
    """Recordings of role ROLE for `minutes`, with noise, rooms, and crowds unless to be ignored.

    For training and validation alone: the test split stays what the user brought.
    """
    if not minutes:
        return []
    card = Card(
        name=NAME,
        reader="synthetic",
        licence="MIT",
        citation="Sentences of this repository, spoken by eSpeak NG",
        split=Splits.model_validate(
            {"train": ["train/*", "test/*+*", "test/room/*"], "val": "val/*"}
        ),
        recordings=minutes * 60 // RECORDING_S,
        seconds=RECORDING_S,
        noise_recordings=minutes * NOISES,
        noise_seconds=NOISE_S,
        rooms=minutes * ROOMS,
        snr_min_db=0,
        snr_max_db=25,
        seed=0,
    )
    crowds: Iterator[Recording] = iter(())
    if background_speech != "ignore":
        crowds = plan_crowds(card, minutes * CROWDS, is_speech=background_speech == "speech")
    return [_as_rehearsal(recording) for recording in (*plan(card), *crowds)]


def _as_rehearsal(recording: Recording) -> Recording:
    """Speech in the role of all rehearsal recordings, over noises that no test has."""
    if isinstance(recording, SpokenRecording):
        recording = replace(recording, noise_kinds=NOISE_KINDS[recording.split])
    return replace(recording, role=ROLE) if recording.role == "speech" else recording
