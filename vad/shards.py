"""Writing prepared audio: which recording goes into which shard, and the tables beside them."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

from vad.corpora import Recording
from vad.prepared import (
    INTERVAL_COLUMNS,
    INTERVAL_KINDS,
    INTERVALS,
    LABELS,
    RECORDING_COLUMNS,
    RECORDINGS,
    SAMPLE_DTYPE,
    Clip,
)
from vad.randomness import digest

# Audio per shard on average, and enough shards to keep several workers busy.
SHARD_SAMPLES = 2**24
LEAST_SHARDS = 4


@dataclass(frozen=True)
class ShardRows:
    """What one shard holds: a row for each clip, and (clip in the shard, kind, start, end)."""

    clips: list[dict[str, str | int]]
    intervals: list[tuple[int, str, int, int]]


def plan_shards(recordings: Iterable[Recording], sample_rate: int) -> dict[str, list[Recording]]:
    """The recordings of each shard file, by a hash of their name.

    One role and split to a shard. Their number is a power of two, so that a growing corpus
    seldom moves a recording to another shard.
    """
    groups: dict[str, list[Recording]] = defaultdict(list)
    for recording in sorted(recordings, key=lambda r: (r.corpus, r.name)):
        groups[f"{recording.role}-{recording.split}"].append(recording)
    plan: dict[str, list[Recording]] = defaultdict(list)
    for group, members in sorted(groups.items()):
        sample_count = sum(member.duration_s for member in members) * sample_rate
        shard_count = LEAST_SHARDS
        while sample_count > shard_count * SHARD_SAMPLES:
            shard_count *= 2
        for member in members:
            shard = digest(member.corpus, member.name) % shard_count
            plan[f"{group}-{shard:05d}.pcm"].append(member)
    return dict(sorted(plan.items()))


def write_shards(
    folder: Path,
    plan: dict[str, list[Recording]],
    clips_of: Callable[[Recording], Iterable[Clip]],
    worker_count: int,
) -> list[ShardRows]:
    """Write each shard of `plan`, several at once; what is written does not depend on how many."""
    folder.mkdir(parents=True, exist_ok=True)
    return joblib.Parallel(n_jobs=worker_count)(
        joblib.delayed(_write_shard)(folder / name, members, clips_of)
        for name, members in plan.items()
    )


def write_tables(folder: Path, shards: list[ShardRows], sample_rate: int) -> None:
    """Write the two Parquet tables of all shards, clips numbered through in their order."""
    clips = [row | {"sample_rate": sample_rate} for shard in shards for row in shard.clips]
    first_clips = np.cumsum([0] + [len(shard.clips) for shard in shards])
    intervals = [
        (int(first) + clip, *rest)
        for first, shard in zip(first_clips, shards, strict=False)
        for clip, *rest in shard.intervals
    ]
    pd.DataFrame(clips, columns=RECORDING_COLUMNS).to_parquet(folder / RECORDINGS)
    pd.DataFrame(intervals, columns=INTERVAL_COLUMNS).to_parquet(folder / INTERVALS)


def _write_shard(
    path: Path, members: list[Recording], clips_of: Callable[[Recording], Iterable[Clip]]
) -> ShardRows:
    """One recording is in memory at a time."""
    rows = ShardRows([], [])
    start = 0
    with path.open("wb") as file:
        for clip in (clip for member in members for clip in clips_of(member)):
            file.write(clip.samples.astype(SAMPLE_DTYPE, copy=False).tobytes())
            for kind in INTERVAL_KINDS:
                number = len(rows.clips)
                rows.intervals.extend(
                    (number, kind, int(first), int(end)) for first, end in getattr(clip, kind)
                )
            place = {"shard": path.name, "start_sample": start, "sample_count": len(clip.samples)}
            rows.clips.append({label: getattr(clip, label) for label in LABELS} | place)
            start += len(clip.samples)
    return rows
