from vad.corpora.general import NAME, ROLE, general_recordings


def test_minutes_are_what_was_asked_for_without_a_test_split():
    found = general_recordings(3)
    spoken = [recording for recording in found if recording.role == ROLE]
    assert sum(recording.duration_s for recording in spoken) == 3 * 60
    assert {recording.role for recording in found} == {ROLE, "noise", "rir"}
    assert {recording.split for recording in found} == {"train", "val"}
    assert {recording.corpus for recording in found} == {NAME}


def test_none_is_asked_for():
    assert general_recordings(0) == []


def test_speech_is_labelled():
    spoken = next(recording for recording in general_recordings(1) if recording.role == ROLE)
    (audio,) = spoken.blocks(16000)
    assert 0 < (audio.speech[:, 1] - audio.speech[:, 0]).sum() < spoken.duration_s
