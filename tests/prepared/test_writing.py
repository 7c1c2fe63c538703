"""What is written into shards comes back, whatever the number of workers."""

import os
from dataclasses import dataclass, replace

import numpy as np
import pytest

import vad.prepared.writing
from vad.errors import VadError
from vad.prepared import LABELS, Clip, Prepared
from vad.prepared.writing import (
    GROUP_SAMPLES,
    Task,
    check_contents,
    check_shards,
    plan_groups,
    write_groups,
    write_tables,
)
from vad.randomness import generator
from vad.silero.geometry import GEOMETRIES

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
            speaker=None,
            role=recording.role,
            split=recording.split,
            condition=condition,
            block=0,
            licence="CC0",
            samples=samples,
            speech=edges,
            annotated=np.array([[0, len(samples)]]),
        )


def tasks(recordings):
    return [
        Task(
            r.role,
            r.split,
            f"{r.corpus}/{r.name}",
            f"{r.name}.wav",
            round(r.duration_s * SAMPLE_RATE),
            r,
        )
        for r in recordings
    ]


def all_clips(recordings):
    return [clip for recording in recordings for clip in clips_of(recording)]


def write(folder, recordings, of=clips_of):
    groups = write_groups(folder, plan_groups(tasks(recordings)), of, "test", 16000)
    write_tables(folder, groups, SAMPLE_RATE)
    return groups


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*.*"))}


@pytest.fixture
def recordings():
    return [Named(f"r{n}", split="test" if n % 3 == 0 else "train") for n in range(20)]


def test_clips_come_back(tmp_path, recordings):
    write(tmp_path, recordings)
    prepared = Prepared(tmp_path)
    clips = {
        (clip.name, clip.condition): clip
        for split in ("train", "test")
        for clip in prepared.clips("speech", split)
    }
    assert len(clips) == 2 * len(recordings)
    for expected in all_clips(recordings):
        clip = clips[expected.name, expected.condition]
        assert (clip.corpus, clip.role, clip.split) == (expected.corpus, "speech", expected.split)
        np.testing.assert_array_equal(clip.samples, expected.samples)
        np.testing.assert_array_equal(clip.speech, expected.speech)
        np.testing.assert_array_equal(clip.annotated, expected.annotated)


def test_bytes_do_not_depend_on_workers_or_order(tmp_path, recordings, monkeypatch):
    monkeypatch.setenv("VAD_WORKERS", "1")
    write(tmp_path / "one", recordings)
    monkeypatch.setenv("VAD_WORKERS", "2")
    write(tmp_path / "two", recordings[::-1])
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_recording_keeps_its_group_when_others_come(recordings):
    before = plan_groups(tasks(recordings))
    after = plan_groups(tasks([*recordings, Named("new")]))
    changed = [name for name in after if after[name] != before.get(name)]
    assert len(changed) == 1


def test_large_corpora_get_more_groups():
    long = [Named(str(n), duration_s=GROUP_SAMPLES / SAMPLE_RATE) for n in range(100)]
    assert 64 <= len(plan_groups(tasks(long))) <= 128


def test_no_shard_is_larger_than_allowed(tmp_path, recordings, monkeypatch):
    monkeypatch.setattr(vad.prepared.writing, "SHARD_SAMPLES", 50000)
    monkeypatch.setenv("VAD_WORKERS", "1")
    write(tmp_path, recordings)
    sizes = [path.stat().st_size for path in tmp_path.rglob("*.pcm")]
    assert len(sizes) > 8
    assert max(sizes) <= 50000 * 2
    clips = [
        clip for split in ("train", "test") for clip in Prepared(tmp_path).clips("speech", split)
    ]
    for clip, expected in zip(
        sorted(clips, key=lambda clip: (clip.name, clip.condition)),
        sorted(all_clips(recordings), key=lambda clip: (clip.name, clip.condition)),
        strict=True,
    ):
        np.testing.assert_array_equal(clip.samples, expected.samples)


def faulty_clips_of(recording):
    """One recording breaks off after its first clip."""
    for number, clip in enumerate(clips_of(recording)):
        if recording.name == "r4" and number == 1:
            raise VadError("is truncated")
        yield clip


@pytest.mark.parametrize("limit", [2**27, 30000])
def test_a_faulty_recording_leaves_no_trace(tmp_path, recordings, monkeypatch, limit):
    monkeypatch.setattr(vad.prepared.writing, "SHARD_SAMPLES", limit)
    monkeypatch.setenv("VAD_WORKERS", "1")
    groups = write(tmp_path / "faulty", recordings, faulty_clips_of)
    write(tmp_path / "without", [r for r in recordings if r.name != "r4"])
    assert contents(tmp_path / "faulty") == contents(tmp_path / "without")
    assert [(f.file, f.reason) for g in groups for f in g.faults] == [("r4.wav", "is truncated")]


def test_a_group_of_nothing_but_faults_has_no_shard(tmp_path, monkeypatch):
    monkeypatch.setenv("VAD_WORKERS", "1")
    write(tmp_path, [Named("r4")], faulty_clips_of)
    assert list((tmp_path / "shards").iterdir()) == []


def test_a_recording_without_a_sample_is_a_fault(tmp_path, monkeypatch):
    monkeypatch.setenv("VAD_WORKERS", "1")

    def empty_clips_of(recording):
        yield replace(next(clips_of(recording)), samples=np.zeros(0, np.int16))

    (group,) = write(tmp_path, [Named("r4")], empty_clips_of)
    assert [fault.file for fault in group.faults] == ["r4.wav"]
    assert group.faults[0].reason.startswith("no sample at 'sample_rate'")


def test_a_shard_that_another_process_began_is_not_added_to(tmp_path, recordings, monkeypatch):
    monkeypatch.setenv("VAD_WORKERS", "1")
    write(tmp_path, recordings)
    with pytest.raises(FileExistsError):
        write(tmp_path, recordings)


@pytest.mark.parametrize("change", ["longer", "shorter", "more", "fewer"])
def test_shards_have_the_size_of_their_rows(tmp_path, recordings, change):
    write(tmp_path, recordings)
    check_shards(tmp_path)
    first = sorted((tmp_path / "shards").iterdir())[0]
    if change == "fewer":
        first.unlink()
    elif change == "more":
        first = first.with_name("other.pcm")
        first.write_bytes(b"\0\0")
    else:
        os.truncate(first, first.stat().st_size + {"longer": 2, "shorter": -2}[change])
    with pytest.raises(VadError, match=f"{first.name}: .* bytes, expected .* run stage prepare"):
        check_shards(tmp_path)


def test_the_same_audio_in_two_splits_names_both(tmp_path, recordings, monkeypatch):
    monkeypatch.setenv("VAD_WORKERS", "1")
    twin = Named("r3", split="train", corpus="other")
    groups = write(tmp_path, [*recordings, twin])
    with pytest.raises(VadError, match=r"corpus/r3 \(test\) and other/r3 \(train\) hold the same"):
        check_contents(groups)
    check_contents(write(tmp_path / "apart", recordings))


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
    write(tmp_path, [])
    assert list(Prepared(tmp_path).clips("noise", "train")) == []
