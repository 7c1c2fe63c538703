import json
import math

import pandas as pd
import pytest

from vad.artifacts import replacing, write_metrics, write_plot, write_text


def test_outputs_appear_together_at_the_end(tmp_path):
    file, folder = tmp_path / "new" / "a.txt", tmp_path / "b"
    with replacing(file, folder) as (file_draft, folder_draft):
        file_draft.write_text("1")
        folder_draft.mkdir()
        (folder_draft / "c").write_text("2")
        assert not file.exists()
        assert not folder.exists()
    assert file.read_text() == "1"
    assert (folder / "c").read_text() == "2"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.txt", "b", "c", "new"]


def test_previous_outputs_survive_an_error(tmp_path):
    file, folder = tmp_path / "a.txt", tmp_path / "b"
    file.write_text("old")
    folder.mkdir()
    (folder / "c").write_text("old")

    def interrupted():
        with replacing(file, folder) as (file_draft, folder_draft):
            file_draft.write_text("new")
            folder_draft.mkdir()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert file.read_text() == (folder / "c").read_text() == "old"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.txt", "b", "c"]


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    for name in ("first", "second"):
        with replacing(tmp_path / "out") as (draft,):
            draft.mkdir()
            (draft / name).touch()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["second"]


def test_metrics_are_rounded_and_finite(tmp_path):
    path = tmp_path / "m.json"
    write_metrics(path, {"a": {"b": 1 / 3, "n": 2}})
    assert json.loads(path.read_text()) == {"a": {"b": 0.333333, "n": 2}}
    with pytest.raises(ValueError, match="must be finite"):
        write_metrics(path, {"a": math.nan})
    assert json.loads(path.read_text()) == {"a": {"b": 0.333333, "n": 2}}


def test_plots_are_rounded(tmp_path):
    write_plot(tmp_path / "plots" / "p.csv", pd.DataFrame({"x": [1 / 3], "y": [2]}))
    assert (tmp_path / "plots" / "p.csv").read_text() == "x,y\n0.333333,2\n"


def test_text_keeps_its_line_feeds(tmp_path):
    write_text(tmp_path / "pages" / "p.html", "a\nß\n")
    assert (tmp_path / "pages" / "p.html").read_bytes() == "a\nß\n".encode()
