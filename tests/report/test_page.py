"""The page as text: equal bytes, no address, no markup from names; a browser is in test_browser."""

import re
from html.parser import HTMLParser

from tests.report.conftest import NAMES
from vad.report.page import render_page


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


def test_equal_content_gives_equal_text(page, results, shown, detectors):
    assert render_page(results, **shown, detectors=detectors) == page


def test_it_is_one_file_without_addresses(page):
    read = Read(page)
    assert read.addresses
    assert all(address.startswith("data:") for address in read.addresses)
    assert not re.search(r"url\(|@import|https?://", page)
    assert len(page) < 5_000_000


def test_names_are_text(page):
    read = Read(page)
    assert read.tags.count("script") == 1
    assert "calls <a&b>" in read.text
    assert sum(name in read.text for name in NAMES) == 5


def test_other_detectors_stand_beside_both_models(page, results, shown):
    assert "WebRTC <3>" in Read(page).text
    assert "0.700" in page
    without = Read(render_page(results, **shown))
    assert "Other detectors" not in without.text


def test_a_page_without_gains_or_losses_says_so(results):
    text = Read(render_page(results, [], [])).text
    assert "gains on no test recording" in text
    assert "loses on no test recording" in text
