"""Corpora as a command: labels of one format become another."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from vad.corpora.convert import convert
from vad.corpora.writers import WRITERS
from vad.errors import VadError, titled


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; a fault that the user can mend ends it with its message and status 1."""
    parser = argparse.ArgumentParser(prog="python -m vad.corpora", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="convert")
    command = commands.add_parser("convert", help="write the labels of a corpus in another format")
    command.add_argument("corpus", type=Path, help="the folder of the corpus, with its card")
    command.add_argument("format", choices=WRITERS, help="the reader of the corpus to write")
    command.add_argument("out", type=Path, help="the folder to write, which is its name")
    chosen = parser.parse_args(arguments)
    try:
        count = convert(chosen.corpus, chosen.format, chosen.out)
    except VadError as error:
        sys.exit(titled("convert", error.args))
    print(f"convert: {count} recordings in {chosen.out}")


if __name__ == "__main__":
    main()
