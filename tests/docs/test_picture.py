"""The picture of the README, from metrics that are in Git and from a domain with a hostile name."""

import json
import shutil
from xml.etree import ElementTree

import pytest

from docs.picture import COLUMNS, main
from tests.clone import REPOSITORY

METRICS = REPOSITORY / "metrics"
SVG = "{http://www.w3.org/2000/svg}"


def drawn(metrics, folder):
    main(metrics, folder / "picture.svg")
    return ElementTree.parse(folder / "picture.svg").getroot()  # noqa: S314 (written here)


def sentence(picture):
    return " ".join(text.text for text in picture.iter(f"{SVG}text") if text.get("class"))


def test_it_has_the_whole_verdict_in_lines_that_fit_and_a_line_for_each_model(tmp_path):
    picture = drawn(METRICS, tmp_path)
    lines = [text for text in picture.iter(f"{SVG}text") if text.get("class") == "sentence"]
    assert " ".join(line.text for line in lines) == picture.find(f"{SVG}title").text
    assert max(len(line.text) for line in lines) <= COLUMNS
    legend_top = 300
    assert max(float(line.get("y")) for line in lines) < legend_top
    styles = [path.get("class") for path in picture.iter(f"{SVG}path")]
    for model in ("published", "finetuned"):
        # In the chart and in the legend.
        assert styles.count(f"line {model}") == 2


def test_it_follows_the_metrics_and_escapes_names(tmp_path):
    metrics = tmp_path / "metrics"
    shutil.copytree(METRICS, metrics, ignore=shutil.ignore_patterns("errors", "*.html"))
    table = (metrics / "evaluation.csv").read_text().replace("demo", "a<b&c")
    (metrics / "evaluation.csv").write_text(table)
    recordings = {"recordings": {"a<b&c": 12345}}
    (metrics / "evaluate.json").write_text(json.dumps(recordings))
    text = sentence(drawn(metrics, tmp_path))
    assert "a<b&c" in text
    assert "12345 recordings" in text


def test_metrics_that_are_not_there_leave_no_picture(tmp_path):
    with pytest.raises(FileNotFoundError):
        main(tmp_path, tmp_path / "picture.svg")
    assert list(tmp_path.iterdir()) == []
