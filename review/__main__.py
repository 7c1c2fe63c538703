"""Print what a branch changes, in Markdown: python -m review main.

Whether the numbers were run, the verdict, the gates of gates.yaml and the headline metrics, the
working tree against a revision. Everything it reads is in Git. Status 1: a gate failed, or nobody
ran the numbers, with a line on standard error; 2: there was nothing to compare with.
"""

import argparse
import sys
from pathlib import Path

from review import lock
from review.changes import read_revision
from review.curves import write_curves
from review.gates import Compared, check, load_gates
from review.markdown import failed_lines, page
from review.terminal import show
from vad.errors import VadError, titled

GATES_PATH = Path("gates.yaml")


def main(base: str, folder: Path | None = None, gates: Path = GATES_PATH) -> tuple[str, list[str]]:
    """The review of the working tree against the revision `base`, and a line per failure.

    Where another working tree in `folder` is reviewed, gates, code and `base` are those of this
    repository: nothing in `folder` is run.
    """
    # The working tree first: DVC reads it for the other one too, and a fault is of the one read.
    after, before = read_revision(None, folder), read_revision(base)
    outcomes = check(load_gates(gates), Compared(before, after))
    not_run = lock.differences(folder)
    failed = [f"not run: {line}" for line in not_run]
    failed += [f"gate failed: {line}" for line in failed_lines(outcomes, base)]
    return page(base, before, after, outcomes, not_run), failed


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m review", description=__doc__)
    parser.add_argument("base", help="the revision to compare with, such as main")
    parser.add_argument("folder", nargs="?", type=Path, help="a working tree in place of this one")
    parser.add_argument("--curves", type=Path, help="a page to write the curves of both to")
    return parser.parse_args()


if __name__ == "__main__":
    options = parse()
    try:
        text, failed = main(options.base, options.folder)
        if options.curves:
            write_curves(options.curves, options.base, options.folder)
    except VadError as error:
        print(titled("review", error.args), file=sys.stderr)
        sys.exit(2)
    show(text)
    if failed:
        sys.exit(titled("review", failed))
