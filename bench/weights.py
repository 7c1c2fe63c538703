"""What float16 and int8 weights change: python -m bench.weights folder-or-recording ...

The published weights as float16 and as int8 beside float32, by the sequence file at both rates,
each recording from an empty state. Prints a row for each argument.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.inference import OPSET
from vad.corpora.audio import read_audio
from vad.export.graph import sequence_model
from vad.export.rounding import Windows, rounding_metrics
from vad.export.runtime import open_session, sequence_probabilities
from vad.silero.geometry import GEOMETRIES
from vad.silero.weights import load_published

SMALL = ("float16", "int8")
SUFFIXES = {".flac", ".mp3", ".ogg", ".opus", ".wav"}


def recordings(path: Path) -> list[Path]:
    """The file itself, or all audio files below a folder."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return [file for file in files if file.suffix in SUFFIXES]


def rows(paths: list[Path], sample_rate: int) -> Iterator[str]:
    branch = load_published(sample_rate)
    sessions = {
        storage: open_session(sequence_model(branch, OPSET, storage=storage).SerializeToString())
        for storage in ("float32", *SMALL)
    }
    for path in paths:
        columns: dict[str, list[np.ndarray]] = {storage: [] for storage in sessions}
        for file in recordings(path):
            audio = read_audio(file, sample_rate)
            for storage, session in sessions.items():
                columns[storage].append(sequence_probabilities(session, audio, branch.geometry))
        values = {storage: np.concatenate(parts) for storage, parts in columns.items()}
        for storage in SMALL:
            metrics = rounding_metrics(Windows(values["float32"], values[storage]))
            yield (
                f"| {sample_rate // 1000} kHz | {path.name} | {metrics['windows']:.0f} | {storage} "
                f"| {metrics['largest_difference']:.4f} | {metrics['decisions_changed']:.3%} |"
            )


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("paths", nargs="+", type=Path, help="recordings or folders of them")
    paths = parser.parse_args().paths
    print("| rate | recordings | windows | weights | largest difference | decisions changed |")
    print("|---|---|---|---|---|---|")
    for sample_rate in GEOMETRIES:
        print("\n".join(rows(paths, sample_rate)))


if __name__ == "__main__":
    main()
