"""The page of curves: lines of both revisions, and files that are none of them."""

import pytest

from review.curves import write_curves
from tests.clone import Clone
from vad.report.pictures import PICTURES


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Clone:
    return Clone.of_working_tree(tmp_path_factory.mktemp("curves"))


def test_each_curve_has_the_base_and_both_models(clone, tmp_path, monkeypatch):
    monkeypatch.chdir(clone.folder)
    write_curves(tmp_path / "curves.html", "main", None)
    text = (tmp_path / "curves.html").read_text(encoding="utf-8")
    for picture in PICTURES.values():
        assert f"<b>{picture.title}</b>" in text
    assert text.count("</svg>fine-tuned in main</li>") == len(PICTURES)
    assert "http" not in text


@pytest.mark.parametrize("content", ["", "a,b", "model,recall\n<b>,1", "x" * 2**25])
def test_what_is_no_curve_is_left_out(clone, tmp_path, monkeypatch, content):
    """A pull request may hold anything."""
    monkeypatch.chdir(clone.folder)
    other = clone.cloned(tmp_path / "pull")
    (other.folder / "metrics" / "plots" / "roc.csv").write_text(content)
    write_curves(tmp_path / "curves.html", "main", other.folder)
    text = (tmp_path / "curves.html").read_text(encoding="utf-8")
    assert "<b>ROC</b>" not in text
    assert "<b>Precision and recall</b>" in text
