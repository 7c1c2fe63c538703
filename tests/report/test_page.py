"""The page as text: equal bytes, no address, no markup from names; a browser is in test_browser."""

import json
import re
from html.parser import HTMLParser

from tests.report.conftest import NAMES
from vad.report.page import render_page
from vad.report.run import Changed


class Read(HTMLParser):
    """Tags, addresses and the text of a page, by a parser that is not a browser's."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.addresses, self.text = [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [value for key, value in attributes if key in ("src", "href")]

    def handle_data(self, data):
        self.text += data


def test_equal_content_gives_equal_text(results):
    assert render_page(results) == render_page(results)


def test_it_is_one_file_without_addresses(page):
    read = Read(page)
    assert read.addresses
    assert all(address.startswith(("data:", "#")) for address in read.addresses)
    assert not re.search(r"url\(|@import|https?://", page)
    assert len(page) < 5_000_000


def test_names_are_text(page):
    read = Read(page)
    assert read.tags.count("script") == 2
    assert "calls <a&b>" in read.text
    data = recordings_of(page)
    assert {one["name"] for one in data} > {*NAMES}


def recordings_of(page) -> list[dict]:
    """The data of the page's script."""
    [text] = re.findall('<script type="application/json" id="data">(.*)</script>', page)
    assert "<" not in text
    return json.loads(text)["recordings"]


def test_other_detectors_stand_beside_both_models(page, results):
    assert "WebRTC <3>" in Read(page).text
    assert "0.700" in page
    assert "Other detectors" not in Read(render_page(results)).text


def test_the_first_screen_has_the_verdict_the_four_columns_and_the_call(page, results):
    text = Read(page).text
    row = results.table.set_index(["section", "metric"]).loc[("domain", "detection_error_rate")]
    before, after = 100 * row["published"], 100 * row["finetuned"]
    assert f"recordings: {before:.1f} → {after:.1f} s in 100 s of speech." in text
    assert text.index("in 100 s of speech") < text.index("get_speech_timestamps(audio, model, ")
    assert text.index("get_speech_timestamps(audio") < text.index("Curves")
    assert "threshold=0.5, neg_threshold=0.35" in text


def test_data_model_and_training_are_there(page):
    text = Read(page).text
    assert "in-house" in text
    assert "git log -S0123abcd -- dvc.lock" in text
    assert "Epoch 2 was kept." in text


def test_the_first_screen_has_the_parameters_other_than_the_defaults(page, results):
    assert "All parameters are the defaults." in Read(page).text
    assert "defaults" not in Read(render_page(results)).text
    changed = [Changed("opset", "17", "16"), Changed("seed", "7", "1")]
    text = Read(render_page(results, changed=changed)).text
    assert "Parameters other than the defaults: opset: 17 (16), seed: 7 (1)." in text
    assert text.index("opset: 17") < text.index("Every test recording")
