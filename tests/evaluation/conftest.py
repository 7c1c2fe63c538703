import pytest

from tests.scored import scored_clip


@pytest.fixture(scope="module")
def clips():
    speech = [scored_clip(f"r{number}") for number in range(4)]
    return [*speech, scored_clip("street", "noise", "noise")]


@pytest.fixture
def settings(params):
    def of(**changes):
        return params.evaluate.model_copy(update=changes)

    return of
