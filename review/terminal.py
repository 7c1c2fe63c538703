"""Output to a reader that may stop before its end, such as `head`."""

import os
import sys


def show(text: str) -> None:
    """Print `text`; a reader that has stopped is not an error."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # Python would flush the rest once more at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
