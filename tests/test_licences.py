import pytest

from vad.licences import is_binding


@pytest.mark.parametrize(
    ("licence", "binding"),
    [
        ("CC-BY-NC-4.0", True),
        ("CC BY-SA 4.0", True),
        ("Creative Commons Attribution-NonCommercial", True),
        ("ShareAlike", True),
        ("CC BY 4.0", False),
        ("in-house", False),
        ("MIT (NCSA)", False),
    ],
)
def test_noncommercial_and_sharealike_bind(licence, binding):
    assert is_binding(licence) == binding
