"""Damaged and hostile YAML, drawn from a seed."""

import random
from collections.abc import Iterator

ODD_VALUES = [
    *(
        "2026-02-31",
        "2026-02-30T25:61:00Z",
        "9" * 5000,
        "0x" + "f" * 5000,
        "!!int abc",
        "!!float x",
    ),
    *(
        "!!binary ?",
        "!!set [1]",
        "!!omap [1]",
        "!!timestamp x",
        "!!null x",
        "!!python/name:os.system",
    ),
    *("&a [*a]", "*unknown", "{<<: 1}", "{? [1] : 2}", "[" * 3000, "{a: " * 2000, "- " * 2000),
    *('"\\x1b[31mred\\a"', '"\\ud800"', '"a\\nb"', '"\\0"', "x" * 20_000, "'(a{99999999999})'"),
    *("'((((((((((a+)+)+)+)+'", "'" + "(" * 3000 + "'", "1e400", ".inf", ".nan", "-0", "~", "yes"),
    *("{a: 1, a: 2}", "|\n    text", ">\n    text", "? x", "%TAG ! x", "--- 1", "...", "@x", "`x`"),
]
BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join(['*' + before] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGES = "a: &a {x: 1}\n" + "".join(
    f"{name}: &{name} {{<<: [{','.join(['*' + before] * 10)}]}}\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def damaged_yaml(text: str, seed: int, count: int) -> Iterator[bytes]:
    """`count` variants of `text`: odd values, bombs, bytes that change, lines that move."""
    draw = random.Random(seed)
    for _ in range(count):
        lines = text.splitlines()
        for _ in range(draw.choice((1, 1, 2, 5))):
            _change(lines, draw)
        content = bytearray("\n".join(lines).encode())
        for _ in range(draw.choice((0, 0, 1, 5))):
            content[draw.randrange(len(content))] = draw.randrange(256)
        yield bytes(content)


def _change(lines: list[str], draw: random.Random) -> None:
    number = draw.randrange(len(lines))
    key, colon, _ = lines[number].partition(": ")
    odd = draw.choice(ODD_VALUES)
    lines[number] = {
        "value": f"{key}{colon or ': '}{odd}",
        "key": f"{odd}: 1",
        "bomb": f"{draw.choice((BOMB, MERGES))}{key}{colon}*{draw.choice('abcdefghi')}",
        "indent": f"{' ' * draw.randrange(6)}{lines[number]}",
        "twice": f"{lines[number]}\n{lines[number]}",
        "gone": "",
    }[draw.choice(("value", "value", "value", "key", "bomb", "indent", "twice", "gone"))]


def assert_shown(text: str) -> None:
    """Every line of a message is short, and safe to show."""
    for line in text.split("\n"):
        assert len(line) < 2000
        assert all(character.isprintable() for character in line)
