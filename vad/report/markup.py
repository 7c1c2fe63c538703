"""Text of users inside Markdown: it becomes no link, image, mention, HTML or end of a cell."""

import re

from vad.errors import printable

SPECIAL = re.compile(r"[\\`*\[\]~$]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"}
ENTITIES |= {"://": "&#58;//", "www.": "www&#46;"}
# GitHub looks for names and numbers after it has read escapes: only a space of no width parts them.
MENTIONS = {"@": "@&#8203;", "#": "#&#8203;"}


def plain(text: str, longest: int = 200) -> str:
    """`text` as Markdown that shows it in one line, as it stands, cut to `longest` characters."""
    escaped = printable(text, longest)
    for mark, entity in ENTITIES.items():
        escaped = escaped.replace(mark, entity)
    escaped = SPECIAL.sub(r"\\\g<0>", escaped)
    for mark, entity in MENTIONS.items():
        escaped = re.sub(rf"(?<!&){mark}", entity, escaped)
    return escaped
