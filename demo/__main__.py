"""The tuned and the published model in a browser, on a file or the microphone: python -m demo.

Serves a page on the loopback address until Ctrl-C. Nothing leaves the computer.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from demo.server import LOOPBACK, server
from vad.errors import VadError, titled

MODEL = Path("models/silero_vad.onnx")
PORT = 8765


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until Ctrl-C; status 1 where a file is missing or the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--model", type=Path, default=MODEL, help="beside the published model")
    parser.add_argument("--port", type=int, default=PORT, help="0 takes a free one")
    chosen = parser.parse_args(arguments)
    try:
        with server(chosen.model, chosen.port) as page:
            print(f"http://{LOOPBACK}:{page.server_port}/  Ctrl-C ends.", flush=True)
            page.serve_forever()
    except VadError as error:
        sys.exit(titled("demo", error.args))
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
