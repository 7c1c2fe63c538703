"""Speech in recordings, by the tuned model or the published one: python -m detect call.m4a.

A file or a folder of any format, rate and length. Prints segments as a table, or writes them with
--to as label files beside the recordings, or into --out; those that are there already stay.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from detect.detection import Detection, detect_or_fault
from detect.microphone import listen
from detect.models import OWN, PUBLISHED, default_model, opened
from detect.writing import summary, table, texts, write_labels
from vad.errors import VadError, titled
from vad.evaluation.segments import VadOptions
from vad.interruption import stoppable
from vad.label_files.formats import FORMATS
from vad.recordings import check_names, recordings_in
from vad.workers import run_parallel


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; status 1 where a recording cannot be read or a label file is in the way."""
    parser = parser_of_command()
    chosen = parser.parse_args(arguments)
    if bool(chosen.recordings) == chosen.mic:
        parser.error("expected a file, a folder, or --mic")
    if chosen.out and not chosen.to:
        parser.error("--out needs --to")
    overrides = {name: value for name in options() if (value := getattr(chosen, name)) is not None}
    try:
        if chosen.mic:
            listen(chosen.model or default_model(), overrides)
            return
        with stoppable():
            status = run(chosen, overrides)
            sys.stdout.flush()
    except VadError as error:
        sys.exit(titled("detect", error.args))
    except BrokenPipeError:
        # Such as head, which has read enough; Python would fail again when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except OSError as error:
        sys.exit(titled("detect", [str(error)]))
    sys.exit(status)


def run(chosen: argparse.Namespace, overrides: dict[str, float]) -> int:
    """Detect, print or write; the exit status."""
    is_single = not chosen.recordings.is_dir()
    results = detect_all(chosen, overrides)
    faults = [result for result in results if isinstance(result, str)]
    detections = [one for result in results if not isinstance(result, str) for one in result]
    left: list[Path] = []
    if chosen.to and is_single and chosen.out is None:
        print_labels(detections, chosen.to)
    elif chosen.to:
        root = chosen.recordings.parent if is_single else chosen.recordings
        left = write_all(detections, chosen, root)
    else:
        print("\n\n".join("\n".join(table(detection)) for detection in detections))
    problems = [
        *faults,
        *(f"{path}: is there already, left as it is without --overwrite" for path in left),
    ]
    if problems:
        print(titled("detect", problems), file=sys.stderr)
    return 1 if problems else 0


def detect_all(
    chosen: argparse.Namespace, overrides: dict[str, float]
) -> list[list[Detection] | str]:
    """The detections of each file or its fault; VadError where the model cannot run at all."""
    model = chosen.model or default_model()
    if model != PUBLISHED:
        opened(Path(model))
    files = recordings_in(chosen.recordings)
    if chosen.to:
        check_names(files, chosen.to)
    tasks = [(path, model, chosen.channel, overrides) for path in files]
    if len(tasks) == 1:
        return [detect_or_fault(*tasks[0])]
    return run_parallel(detect_or_fault, tasks, "detect")


def print_labels(detections: Sequence[Detection], label_format: str) -> None:
    """The labels of one recording on standard output, the model on the other; of RTTM no UEM."""
    for detection in detections:
        print(f"detect: {detection.choice.describe()}", file=sys.stderr)
        print(next(iter(texts(detection, label_format).values())), end="")


def write_all(
    detections: Sequence[Detection], chosen: argparse.Namespace, root: Path
) -> list[Path]:
    """Write label files and report; those that were in the way."""
    for line in dict.fromkeys(detection.choice.describe() for detection in detections):
        print(f"detect: {line}", file=sys.stderr)
    out = chosen.out or root
    written, left = write_labels(detections, chosen.to, root, out, chosen.overwrite)
    for detection in detections:
        print(f"{detection.path}: {summary(detection)}")
    print(f"detect: {len(written)} label files in {out}", file=sys.stderr)
    return left


def options() -> list[str]:
    """The names of the VAD options, which are arguments of the command too."""
    return [field.name for field in fields(VadOptions)]


def parser_of_command() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m detect", description=__doc__)
    add = parser.add_argument
    add("recordings", nargs="?", type=Path, help="an audio file, or a folder of them")
    add("--model", help=f"'{PUBLISHED}' or an ONNX file; {OWN} where it is there, else published")
    add("--to", choices=FORMATS, help="write label files of this format in place of a table")
    add("--out", type=Path, help="folder for label files, in place of that of the recordings")
    add("--overwrite", action="store_true", help="replace label files that are there already")
    add("--channel", type=channel, help="a channel, from 0, or 'each'; the mean without it")
    add("--mic", action="store_true", help="listen to the microphone (pip install sounddevice)")
    for name in options():
        add(f"--{name.replace('_', '-')}", type=float, help="as in get_speech_timestamps")
    return parser


def channel(text: str) -> int | str:
    """The value of --channel."""
    if text == "each":
        return text
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"'{text}', expected a number from 0, or 'each'")
    return int(text)


if __name__ == "__main__":
    main()
