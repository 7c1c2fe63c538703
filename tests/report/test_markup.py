"""Text of users in Markdown, read by an implementation of CommonMark."""

import pytest
from markdown_it import MarkdownIt

from vad.report.markup import plain

TEXTS = [
    "![t](http://example.org/t.png) [click](javascript:alert(1)) @everyone <b>x</b>",
    "a|b `code` *em* __strong__ ~~gone~~ $x$ #12 a@b.org",
    "<https://example.org> https://example.org www.example.org &amp; &#64;everyone",
    "[a]: http://example.org",
    "snr_min_db [10, 5] 0.5 -- \\* \\",
]


def shown(text: str) -> str:
    return text.replace("\u200b", "")


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("context", ["{}", "- {}", "a\n\n| x | y |\n|---|---|\n| {} | z |"])
def test_it_is_read_as_it_stands(text, context):
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(context.format(plain(text)))
    inline = [token for token in tokens if token.type == "inline"]
    contents = [child for token in inline for child in token.children]
    assert {child.type for child in contents} <= {"text"}
    assert shown(text) in {shown("".join(c.content for c in token.children)) for token in inline}


def test_a_mention_and_a_number_are_parted_from_their_mark():
    assert plain("@everyone #12") == "@&#8203;everyone #&#8203;12"


def test_line_feeds_and_escape_sequences_are_escapes():
    assert plain("a\nb\x1b") == r"a\\nb\\x1b"
