"""Clips of the prepared folder: mapped samples, intervals, licences, what changes on the disk."""

import os
import re
import resource
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import vad.prepared
from vad.errors import VadError
from vad.prepared import INTERVALS, RECORDINGS, SHARDS, Prepared, opened
from vad.silero.geometry import GEOMETRIES

RATE = 16000
SAMPLES = np.arange(4096, dtype="<i2")
ROWS = [
    ("a", "train", "clean", 0, 1024, "CC0"),
    ("b", "val", "clean", 1024, 2048, "CC BY 4.0"),
    ("c", "test", "clean", 3072, 1024, "CC BY-NC 4.0"),
]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / SHARDS).mkdir()
    SAMPLES.tofile(tmp_path / SHARDS / "s.pcm")
    rows = [
        {
            "corpus": "calls",
            "name": name,
            "speaker": None,
            "role": "speech",
            "split": split,
            "condition": condition,
            "block": 0,
            "licence": licence,
            "shard": "s.pcm",
            "start_sample": start,
            "sample_count": count,
            "sample_rate": RATE,
        }
        for name, split, condition, start, count, licence in ROWS
    ]
    pd.DataFrame(rows).to_parquet(tmp_path / RECORDINGS)
    intervals = [(1, "speech", 0, 512), (1, "speech", 700, 900), (1, "annotated", 0, 2048)]
    columns = ["clip", "kind", "start_sample", "end_sample"]
    pd.DataFrame(intervals, columns=columns).to_parquet(tmp_path / INTERVALS)
    return tmp_path


def test_a_clip_has_its_samples_and_intervals(folder) -> None:
    (clip,) = Prepared(folder).clips("speech", "val")
    assert np.array_equal(clip.samples, SAMPLES[1024:3072])
    assert clip.speech.tolist() == [[0, 512], [700, 900]]
    assert clip.annotated.tolist() == [[0, 2048]]
    (other,) = Prepared(folder).clips("speech", "train")
    assert other.speech.shape == (0, 2)
    assert list(Prepared(folder).clips("noise", "train")) == []


def test_clips_are_made_one_by_one_as_they_are_used(folder) -> None:
    prepared = Prepared(folder)
    clips = prepared.clips("speech", "test")
    assert len(clips) == 1
    assert clips[0].name == "c"
    assert clips[0] is not clips[0]
    assert [clip.name for clip in clips] == [clip.name for clip in clips] == ["c"]
    assert not prepared.clips("noise", "test")


def test_intervals_belong_to_their_clip_in_any_order_of_the_table(folder) -> None:
    before = Prepared(folder).clip(1).speech
    intervals = pd.read_parquet(folder / INTERVALS)
    other = pd.DataFrame([(0, "speech", 3, 4)], columns=intervals.columns)
    pd.concat([intervals, other]).to_parquet(folder / INTERVALS)
    prepared = Prepared(folder)
    assert prepared.clip(0).speech.tolist() == [[3, 4]]
    assert np.array_equal(prepared.clip(1).speech, before)


def test_windows_are_speech_where_half_of_them_is(folder) -> None:
    (clip,) = Prepared(folder).clips("speech", "val")
    windows = clip.speech_windows(GEOMETRIES[RATE])
    # 512 samples to a window: 200 of the second one are less than half.
    assert windows.tolist() == [True, False, False, False]
    assert clip.annotated_windows(GEOMETRIES[RATE]).all()


def resident_kib(path) -> int:
    """How much of the file is in memory of this process, as Linux counts it."""
    maps = re.split(r"\n(?=[0-9a-f]+-[0-9a-f]+ )", Path("/proc/self/smaps").read_text())
    sizes = [re.search(r"^Rss: +(\d+)", one, re.MULTILINE) for one in maps if str(path) in one]
    return sum(int(size[1]) for size in sizes)


def test_pages_are_given_back_from_time_to_time_and_mapped_again(folder, monkeypatch) -> None:
    monkeypatch.setattr(vad.prepared, "RELEASED_SAMPLES", 2048)
    prepared, shard = Prepared(folder), folder / SHARDS / "s.pcm"
    before = prepared.clip(0).samples.copy()
    prepared.release()
    assert resident_kib(shard) > 0
    assert np.array_equal(prepared.clip(0).samples, before)
    prepared.release()
    assert resident_kib(shard) == 0
    assert np.array_equal(prepared.clip(0).samples, before)


def test_licences_are_those_that_training_and_validation_saw(folder) -> None:
    assert Prepared(folder).training_licences == ["CC BY 4.0", "CC0"]
    assert Prepared(folder).geometry == GEOMETRIES[RATE]


def test_labelled_samples_are_a_sum(folder) -> None:
    prepared = Prepared(folder)
    assert prepared.labelled_samples(pd.Index([0, 1]), "speech") == 712
    assert prepared.labelled_samples(pd.Index([0]), "speech") == 0


def test_the_folder_is_read_anew_when_it_changes(folder) -> None:
    first = opened(folder)
    assert opened(folder) is first
    os.utime(folder / RECORDINGS, ns=(1, 1))
    assert opened(folder) is not first


@pytest.mark.parametrize("reading", [Prepared, opened])
def test_a_folder_without_tables_is_named(tmp_path, reading) -> None:
    with pytest.raises(VadError, match="not prepared, run stage prepare"):
        reading(tmp_path)


def test_a_shard_that_was_cut_off_is_a_fault(folder):
    shard = folder / SHARDS / "s.pcm"
    for size in (2 * len(SAMPLES) - 2, 2 * len(SAMPLES) - 3, 0):
        os.truncate(shard, size)
        with pytest.raises(VadError, match=r"s\.pcm: cut off .*, run stage prepare again"):
            Prepared(folder).clip(2)


def test_as_many_shards_as_there_are_may_be_open(folder):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        Prepared(folder)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(
            hard, vad.prepared.MOST_OPEN_FILES
        )
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
