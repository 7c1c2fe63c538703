"""Speed of fine-tuning beside upstream's way: python -m bench.finetune [data/prepared].

Seconds of training audio that each way treats per second, on the same recordings, in rounds in
which all take turns, so that a busy machine slows all of them. Upstream's package sets torch to
one thread, so its way is timed with one thread and with one per core (which collapses where other
programs want the cores), and the faster is the reference. Its default augmentation is timed where
audiomentations is installed. Preparing the shards is not timed, caching features is.
"""

import argparse
import copy
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from bench import upstream
from bench.inference import processor
from bench.prepare import write_corpus
from stages import prepare
from stages.finetune import tune
from vad.features import Features, encode_clips
from vad.network import SileroVad
from vad.params import Finetune, load_params
from vad.prepared import Clip, Prepared
from vad.training import batches, train_epoch
from vad.weights import load_published
from vad.windows import frame_windows
from vad.workers import worker_count

ROUNDS = 3
# No further round starts after this: threads that wait for each other can take a minute each.
BUDGET_S = 120
# 128 clips of eight seconds at most, one batch of upstream's.
MINUTES = 16
VAL_MINUTES = 1
EPOCHS = 10
SEED = 1
CORES = os.cpu_count() or 1
PLAIN = "upstream, not augmented"
AUGMENTED = "upstream, augmented"


@dataclass(frozen=True)
class Bench:
    """The published branch and the clips that every way starts from."""

    network: SileroVad
    train: list[Clip]
    val: list[Clip]
    params: Finetune
    folder: Path

    @property
    def audio_s(self) -> float:
        """Seconds of training audio."""
        samples = sum(len(clip.samples) for clip in self.train)
        return samples / self.network.geometry.sample_rate

    @property
    def sequence_windows(self) -> int:
        """Windows of a training sequence."""
        return round(self.params.sequence_s * self.network.geometry.windows_per_s)


@dataclass(frozen=True)
class Way:
    """A line of the table; a call sees the training audio `passes` times.

    `helpers` are processes that load files, or our workers.
    """

    what: str
    threads: int
    helpers: int
    call: Callable[[], object]
    passes: int = 1


def cache(bench: Bench) -> tuple[Features, Features]:
    """Our features of the training and the validation clips."""
    folder = Path(tempfile.mkdtemp(dir=bench.folder))
    train, val = (
        encode_clips(bench.network, clips, folder / f"{name}.npy", worker_count(), name)
        for name, clips in (("train", bench.train), ("val", bench.val))
    )
    return train, val


def cached_epoch(bench: Bench, network: SileroVad, train: Features) -> None:
    """Our training pass over cached features."""
    decoder = [*network.lstm.parameters(), *network.head.parameters()]
    optimizer = torch.optim.Adam(decoder, bench.params.learning_rate)
    sequences = list(train.sequences(bench.sequence_windows))
    train_epoch(network, optimizer, batches(train, sequences, bench.params))


def cache_and_tune(bench: Bench) -> None:
    """All that our stage does with prepared clips, scoring before and after each epoch too."""
    params = bench.params.model_copy(update={"epochs": EPOCHS})
    tune(bench.network, *cache(bench), params, SEED)


def our_ways(bench: Bench) -> Iterator[Way]:
    """Ours, with one thread of torch for each worker, as the stage has it."""
    train, _ = cache(bench)
    epoch = partial(cached_epoch, bench, copy.deepcopy(bench.network), train)
    run = partial(cache_and_tune, bench)
    yield Way("ours, caching features alone", 1, worker_count(), partial(cache, bench))
    yield Way("ours, an epoch from cached features", 1, 0, epoch)
    yield Way(f"ours, caching, {EPOCHS} epochs and scores", 1, worker_count(), run, EPOCHS)


def upstream_ways(bench: Bench) -> Iterator[Way]:
    """Upstream's loop over files, with its augmentation too where that can be had."""
    geometry = bench.network.geometry
    rows = upstream.write_rows(bench.train, geometry, bench.folder / "files")
    variants: list[tuple[str, int, upstream.Augment | None]]
    variants = [(PLAIN, threads, None) for threads in thread_counts()]
    if upstream.can_augment():
        variants.append((AUGMENTED, 1, upstream.augmentation()))
    for what, threads, augment in variants:
        files = upstream.Files(rows, geometry, augment)
        tuning = upstream.Tuning(copy.deepcopy(bench.network), files, CORES)
        yield Way(what, threads, CORES, tuning.epoch)


def sequence_form_ways(bench: Bench) -> Iterator[Way]:
    """What training all parameters is measured against."""
    for threads in thread_counts():
        epoch = SequenceForm(bench).epoch
        yield Way("plain sequence form, all parameters", threads, 0, epoch)


def thread_counts() -> list[int]:
    """One, and all cores."""
    return sorted({1, CORES})


class SequenceForm:
    """All parameters trained, the network called once for whole sequences, written plainly."""

    def __init__(self, bench: Bench) -> None:
        self.network = copy.deepcopy(bench.network).train()
        self.optimizer = torch.optim.Adam(self.network.parameters(), bench.params.learning_rate)
        self.batch_size, length = bench.params.batch_size, bench.sequence_windows
        geometry = self.network.geometry
        self.sequences: list[tuple[torch.Tensor, torch.Tensor]] = []
        for clip in bench.train:
            windows = torch.tensor(frame_windows(clip.samples, geometry))
            speech = torch.tensor(clip.speech_windows(geometry), dtype=torch.float32)
            self.sequences += zip(windows.split(length), speech.split(length), strict=True)

    def epoch(self) -> None:
        """One pass, Adam's steps included."""
        for first in range(0, len(self.sequences), self.batch_size):
            columns = zip(*self.sequences[first : first + self.batch_size], strict=True)
            windows, speech = (pad_sequence(column, batch_first=True) for column in columns)
            features = self.network.encode(windows.flatten(0, 1)).unflatten(0, speech.shape)
            logits, _ = self.network.decode(features)
            loss = functional.binary_cross_entropy_with_logits(logits, speech)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()


def measure(ways: list[Way], audio_s: float) -> list[list[float]]:
    """Seconds of audio per second, [ways][rounds], after one round that does not count.

    There are ROUNDS of them, or as many as BUDGET_S allows, and one at the least.
    """
    speeds: list[list[float]] = [[] for _ in ways]
    begin = time.perf_counter()
    for number in range(ROUNDS + 1):
        if number > 1 and time.perf_counter() - begin > BUDGET_S:
            break
        for way, speeds_of_way in zip(ways, speeds, strict=True):
            torch.set_num_threads(way.threads)
            start = time.perf_counter()
            way.call()
            if number:
                speeds_of_way.append(way.passes * audio_s / (time.perf_counter() - start))
    return speeds


def table(ways: list[Way], speeds: list[list[float]]) -> Iterator[str]:
    """Its lines; a ratio is the median over rounds, to the fastest form of a reference."""
    references = [what for what in (PLAIN, AUGMENTED) if any(way.what == what for way in ways)]
    titles = ["method", "torch threads", "loaders or workers", "s of audio per s"]
    titles += [f"to {what}" for what in references]
    yield f"| {' | '.join(titles)} |"
    yield "|---" * len(titles) + "|"
    for way, own in zip(ways, speeds, strict=True):
        cells = [way.what, str(way.threads), str(way.helpers), f"{statistics.median(own):.0f}"]
        for what in references:
            pairs = zip(own, fastest(ways, speeds, what), strict=True)
            cells.append(f"{statistics.median(a / b for a, b in pairs):.2f} x")
        yield f"| {' | '.join(cells)} |"


def fastest(ways: list[Way], speeds: list[list[float]], what: str) -> list[float]:
    """The speeds of the fastest of the ways called `what`."""
    named = [own for way, own in zip(ways, speeds, strict=True) if way.what == what]
    return max(named, key=statistics.median)


def clips_of(prepared: Path, split: str, minutes: float) -> list[Clip]:
    """The first speech clips of a split that last `minutes` together, or all there are."""
    data = Prepared(prepared)
    clips, missing = [], minutes * 60 * data.geometry.sample_rate
    for clip in data.clips("speech", split):
        if missing <= 0:
            break
        clips.append(clip)
        missing -= len(clip.samples)
    return clips


def prepare_signal(folder: Path) -> Path:
    """MINUTES of the voice-like signal, prepared at 16 kHz without copies."""
    write_corpus(folder / "raw" / "minutes", MINUTES)
    params = load_params()
    section = params.prepare.model_copy(update={"corpora": ("all",), "noisy_copies": 0})
    params = params.model_copy(update={"sample_rate": 16000, "prepare": section})
    prepare.main(folder / "raw", folder / "prepared", folder / "prepare.json", params=params)
    return folder / "prepared"


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("prepared", nargs="?", type=Path, help="recordings; synthetic if left out")
    given = parser.parse_args().prepared
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepared = given or prepare_signal(folder)
        train, val = clips_of(prepared, "train", MINUTES), clips_of(prepared, "val", VAL_MINUTES)
        network = load_published(Prepared(prepared).geometry.sample_rate)
        bench = Bench(network, train, val, load_params().finetune, folder)
        ways = [*upstream_ways(bench), *our_ways(bench), *sequence_form_ways(bench)]
        speeds = measure(ways, bench.audio_s)
    print(
        f"{processor()}, {CORES} cores, torch {torch.__version__}, "
        f"{bench.audio_s / 60:.0f} min of {'real' if given else 'synthetic'} audio, "
        f"medians over rounds: {len(speeds[0])}\n"
    )
    print("\n".join(table(ways, speeds)))


if __name__ == "__main__":
    main()
