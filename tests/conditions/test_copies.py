import numpy as np
import pytest

from vad.conditions.copies import copies_of, counted_copies
from vad.prepared import Clip

COUNTS = {"augmented_copies": 5, "noise_only_copies": 4, "augmented_hours": 50}


@pytest.mark.parametrize(("hours", "count"), [(0, 5), (0.1, 5), (10, 5), (20, 2), (1000, 1)])
def test_large_corpora_get_fewer_copies_but_one(params, hours, count):
    section = params.prepare.model_copy(update=COUNTS)
    assert counted_copies(section, hours, 1).augmented_copies == count
    assert counted_copies(section, 1, hours).noise_only_copies == min(count, 4)


@pytest.mark.parametrize(("minutes", "count"), [(0, 3), (1, 12), (3.1, 9), (10, 3), (6000, 1)])
def test_small_corpora_get_more_copies_where_their_number_is_automatic(params, minutes, count):
    section = params.prepare.model_copy(
        update=COUNTS | {"augmented_copies": "auto", "augmented_hours": 100}
    )
    assert counted_copies(section, minutes / 60, 1).augmented_copies == count


def test_none_are_wanted(params):
    section = params.prepare.model_copy(update=COUNTS | {"noise_only_copies": 0})
    assert counted_copies(section, 1, 1000).noise_only_copies == 0


def test_copies_of_noise_are_noise_as_long_as_they_sound(params, corpus_of_two):
    noise = corpus_of_two.clips("noise", "train")[0]
    copies = list(copies_of(noise, corpus_of_two, params.prepare, 1))
    assert [copy.condition for copy in copies] == ["alone_0", "alone_1", "alone_2", "alone_3"]
    for copy in copies:
        assert copy.annotated.tolist() == [[0, len(copy.samples)]]
        assert not len(copy.speech)
    assert len({len(copy.samples) for copy in copies}) == 3


def test_copies_of_speech_have_its_labels(params, corpus_of_two):
    speech = corpus_of_two.clips("speech", "train")[0]
    section = params.prepare.model_copy(update={"augmented_copies": 2})
    copies: list[Clip] = list(copies_of(speech, corpus_of_two, section, 1))
    assert [copy.condition for copy in copies] == ["copy_0", "copy_1"]
    for copy in copies:
        np.testing.assert_array_equal(copy.speech, speech.speech)
        assert len(copy.samples) == len(speech.samples)
