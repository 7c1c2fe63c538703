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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch

from bench import upstream
from bench.inference import processor
from bench.prepare import write_corpus
from bench.sequence_form import SequenceForm
from stages import prepare
from vad.params import Finetune, load_params
from vad.prepared import Clip, Prepared
from vad.silero.network import FROZEN_LAYERS, SileroVad, published_network
from vad.tuning.batches import TrainingPass
from vad.tuning.epochs import tune
from vad.tuning.features import Features, encode_clips
from vad.tuning.process_group import ProcessGroup
from vad.tuning.training import Trainer
from vad.tuning.training_data import TrainingData, with_distilled_targets
from vad.workers import worker_count

ROUNDS = 3
# No further round starts after this: threads that wait for each other can take a minute each.
BUDGET_S = 120
# 128 clips of eight seconds at most, one batch of upstream's.
MINUTES = 16
KINDS = (("speech", "train", MINUTES), ("speech", "val", 1), ("rehearsal", "train", MINUTES))
EPOCHS = 10
SEED = 1
CORES = os.cpu_count() or 1
PLAIN = "upstream, not augmented"
AUGMENTED = "upstream, augmented"


@dataclass(frozen=True)
class Bench:
    """The published branch and the clips that every way starts from.

    Only ours takes `general`, speech for training that is nobody's domain.
    """

    network: SileroVad
    train: list[Clip]
    val: list[Clip]
    general: list[Clip]
    params: Finetune
    folder: Path
    group: ProcessGroup

    @property
    def audio_s(self) -> float:
        """Seconds of training audio."""
        samples = sum(len(clip.samples) for clip in self.train)
        return samples / self.network.geometry.sample_rate

    def for_all(self) -> "Bench":
        """The same with all parameters to learn."""
        return replace(self, params=self.params.model_copy(update={"trainable": "all"}))

    def new_folder(self) -> Path:
        """An empty one: ours takes up what it finds."""
        return Path(tempfile.mkdtemp(dir=self.folder))


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


def cache(bench: Bench, clips: list[Clip]) -> Features:
    """Our features of `clips`, below the layers that learn."""
    path = bench.new_folder() / "features.npy"
    layer_count = FROZEN_LAYERS[bench.params.trainable]
    return encode_clips(
        bench.network, layer_count, clips, bench.network.geometry, path, bench.group
    )


def cached_epoch(bench: Bench, trainer: Trainer, train: Features) -> None:
    """Our training pass over cached features of the domain."""
    length = round(bench.params.sequence_s * bench.network.geometry.windows_per_s)
    trainer.train_epoch(1, TrainingPass(train, [], bench.params, length, SEED))


def cache_and_tune(bench: Bench, *, beside_general: bool) -> None:
    """All that our stage does with prepared clips, scores and checkpoints too."""
    general = None
    if beside_general and bench.general:
        general = with_distilled_targets(bench.network, cache(bench, bench.general), bench.group)
    train, val = cache(bench, bench.train), cache(bench, bench.val)
    params = bench.params.model_copy(update={"epochs": EPOCHS})
    training_data = TrainingData(train, val, general, None, None, None)
    tune(bench.network, training_data, params, SEED, bench.group, bench.new_folder())


def epoch_way(bench: Bench, what: str) -> Way:
    """Our training pass alone, over features that are there already."""
    trainer = Trainer(copy.deepcopy(bench.network), bench.params, SEED, bench.group)
    call = partial(cached_epoch, bench, trainer, cache(bench, bench.train))
    return Way(what, 1, worker_count(), call)


def our_ways(bench: Bench) -> Iterator[Way]:
    """Ours, with one thread of torch for each worker, as the stage has it."""
    workers, whole = worker_count(), f"ours, caching, {EPOCHS} epochs, scores"
    yield Way("ours, caching features alone", 1, workers, partial(cache, bench, bench.train))
    yield epoch_way(bench, "ours, an epoch from cached features")
    run = partial(cache_and_tune, bench, beside_general=False)
    yield Way(whole, 1, workers, run, EPOCHS)
    if bench.general:
        run = partial(cache_and_tune, bench, beside_general=True)
        yield Way(f"{whole}, rehearsal data beside (not counted)", 1, workers, run, EPOCHS)
    yield epoch_way(bench.for_all(), "ours, an epoch of all parameters from cached magnitudes")


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
        epoch = SequenceForm(bench.network, bench.train, bench.params).epoch
        yield Way("plain sequence form, all parameters", threads, 0, epoch)


def thread_counts() -> list[int]:
    """One, and all cores."""
    return sorted({1, CORES})


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


def clips_of(prepared: Path, role: str, split: str, minutes: float) -> list[Clip]:
    """The first clips of a role and split that last `minutes` together, or all there are."""
    data = Prepared(prepared)
    clips, missing = [], minutes * 60 * data.geometry.sample_rate
    for clip in data.clips(role, split):
        if missing <= 0:
            break
        clips.append(clip)
        missing -= len(clip.samples)
    return clips


def prepare_signal(folder: Path) -> Path:
    """MINUTES of the voice-like signal, prepared at 16 kHz without copies."""
    write_corpus(folder / "raw" / "tiled", MINUTES)
    params = load_params()
    section = params.prepare.model_copy(update={"corpora": ("all",), "augmented_copies": 0})
    params = params.model_copy(update={"sample_rate": 16000, "prepare": section})
    prepare.main(folder / "raw", folder / "prepared", folder / "prepare.json", params=params)
    return folder / "prepared"


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("prepared", nargs="?", type=Path, help="recordings; synthetic if left out")
    given = parser.parse_args().prepared
    # As in the stage: what torch has when a worker starts is what that worker keeps.
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepared = given or prepare_signal(folder)
        train, val, general = (clips_of(prepared, *kind) for kind in KINDS)
        network = published_network(Prepared(prepared).geometry.sample_rate)
        group = ProcessGroup(torch.device("cpu"), ThreadPoolExecutor(worker_count()))
        bench = Bench(network, train, val, general, load_params().finetune, folder, group)
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
