"""What is written into shards comes back, whatever the number of workers."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest

from vad.errors import VadError
from vad.network import GEOMETRIES
from vad.prepared import LABELS, Clip, Prepared
from vad.randomness import generator
from vad.shards import SHARD_SAMPLES, plan_shards, write_shards, write_tables

SAMPLE_RATE = 16000


@dataclass(frozen=True)
class Named:
    """What the plan needs to know of a recording."""

    name: str
    role: str = "speech"
    split: str = "train"
    corpus: str = "corpus"
    duration_s: float = 1.0


def clips_of(recording: Named, conditions: tuple[str, ...] = ("clean", "copy_0")):
    for condition in conditions:
        draw = generator(recording.name, condition)
        samples = draw.integers(-32768, 32768, int(draw.integers(1, 40000))).astype(np.int16)
        edges = np.sort(draw.choice(len(samples), 4)).reshape(2, 2)
        yield Clip(
            corpus=recording.corpus,
            name=recording.name,
            role=recording.role,
            split=recording.split,
            condition=condition,
            licence="CC0",
            samples=samples,
            speech=edges,
            annotated=np.array([[0, len(samples)]]),
        )


def write(folder, recordings, worker_count=1):
    plan = plan_shards(recordings, SAMPLE_RATE)
    rows = write_shards(folder / "shards", plan, clips_of, worker_count)
    write_tables(folder, rows, SAMPLE_RATE)
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*.*"))}


@pytest.fixture
def recordings():
    return [Named(f"r{n}", split="test" if n % 3 == 0 else "train") for n in range(20)]


def test_clips_come_back(tmp_path, recordings):
    write(tmp_path, recordings)
    prepared = Prepared(tmp_path)
    found = {
        (clip.name, clip.condition): clip
        for split in ("train", "test")
        for clip in prepared.clips("speech", split)
    }
    assert len(found) == 2 * len(recordings)
    for expected in (clip for recording in recordings for clip in clips_of(recording)):
        clip = found[expected.name, expected.condition]
        assert (clip.corpus, clip.role, clip.split) == (expected.corpus, "speech", expected.split)
        np.testing.assert_array_equal(clip.samples, expected.samples)
        np.testing.assert_array_equal(clip.speech, expected.speech)
        np.testing.assert_array_equal(clip.annotated, expected.annotated)


def test_bytes_do_not_depend_on_workers_or_order(tmp_path, recordings):
    one = write(tmp_path / "one", recordings, worker_count=1)
    two = write(tmp_path / "two", sorted(recordings, key=lambda r: r.name), worker_count=2)
    assert one == two


def test_a_recording_keeps_its_shard_when_others_come(recordings):
    before = plan_shards(recordings, SAMPLE_RATE)
    after = plan_shards([*recordings, Named("new")], SAMPLE_RATE)
    changed = [name for name in after if after[name] != before.get(name)]
    assert len(changed) == 1


def test_long_corpora_get_more_shards():
    long = [Named(str(n), duration_s=SHARD_SAMPLES / SAMPLE_RATE) for n in range(100)]
    assert 64 <= len(plan_shards(long, SAMPLE_RATE)) <= 128


def test_windows_follow_the_intervals():
    geometry = GEOMETRIES[SAMPLE_RATE]
    clip = Clip(
        **dict.fromkeys(LABELS, "any"),
        samples=np.zeros(5 * geometry.window_samples - 1, np.int16),
        speech=np.array([[256, 1024], [1281, 1536]]),
        annotated=np.array([[0, 2048]]),
    )
    assert clip.speech_windows(geometry).tolist() == [True, True, False, False, False]
    assert clip.annotated_windows(geometry).tolist() == [True, True, True, True, False]


def test_licences_are_those_of_what_training_saw(tmp_path, recordings):
    write(tmp_path, recordings)
    assert Prepared(tmp_path).training_licences == ["CC0"]


def test_an_unprepared_folder_is_named(tmp_path):
    with pytest.raises(VadError, match="not prepared, run stage prepare"):
        Prepared(tmp_path)


def test_no_recordings_make_empty_tables(tmp_path):
    rows = write_shards(tmp_path / "shards", {}, partial(clips_of), 1)
    write_tables(tmp_path, rows, SAMPLE_RATE)
    assert list(Prepared(tmp_path).clips("noise", "train")) == []
