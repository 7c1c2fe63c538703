from vad.corpora.readers.synthetic import NOISE_KINDS, NoiseRecording, SpokenRecording
from vad.corpora.rehearsal import NAME, ROLE, rehearsal_recordings


def test_minutes_are_what_was_asked_for_without_a_test_split():
    recordings = rehearsal_recordings(3, "noise")
    spoken = [recording for recording in recordings if isinstance(recording, SpokenRecording)]
    assert {recording.role for recording in spoken} == {ROLE}
    assert sum(recording.duration_s for recording in spoken) == 3 * 60
    assert {recording.role for recording in recordings} == {ROLE, "noise", "rir"}
    assert {recording.split for recording in recordings} == {"train", "val"}
    assert {recording.corpus for recording in recordings} == {NAME}


def test_none_is_asked_for():
    assert rehearsal_recordings(0, "noise") == []


def test_speech_is_labelled():
    spoken = next(
        recording for recording in rehearsal_recordings(1, "noise") if recording.role == ROLE
    )
    (audio,) = spoken.blocks(16000)
    assert 0 < (audio.speech[:, 1] - audio.speech[:, 0]).sum() < spoken.duration_s


def test_noises_of_a_test_are_never_heard():
    of_test = set(NOISE_KINDS["test"])
    assert not of_test & {*NOISE_KINDS["train"], *NOISE_KINDS["val"]}
    for recording in rehearsal_recordings(2, "noise"):
        if isinstance(recording, NoiseRecording):
            assert recording.kind not in of_test
        if isinstance(recording, SpokenRecording):
            assert not of_test & set(recording.noise_kinds)
