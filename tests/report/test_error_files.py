"""The files of the shown recordings, read back by soundfile, pyannote.database, textgrids, csv."""

import numpy as np
import pandas as pd
import pytest
import soundfile
from pyannote.database.util import load_rttm, load_uem

from tests.scored import GEOMETRY
from vad.corpora.readers.textgrid import read_tiers
from vad.intervals import clip
from vad.report.error_files import REFERENCE, file_ids, write_error_files
from vad.report.recordings import excerpt_samples

RATE = GEOMETRY.sample_rate
# Half of the last digit that is written (s), for the start and for the length.
TOLERANCE = 1e-6


@pytest.fixture(scope="module")
def recordings(results):
    return [one.comparison for one in results.recordings]


@pytest.fixture(scope="module")
def folder(recordings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files") / "errors"
    write_error_files(folder, recordings, GEOMETRY)
    return folder


def expected_s(comparison, source):
    (start, end), _ = excerpt_samples(comparison, GEOMETRY)
    intervals = comparison.speech if source == REFERENCE else comparison.segments[source]
    return (clip(intervals, start, end) - start) / RATE


def test_the_sound_is_the_excerpt_sample_by_sample(folder, recordings):
    rows = pd.read_csv(folder / "recordings.csv").set_index("file")
    for file_id, one in zip(file_ids(recordings), recordings, strict=True):
        samples, rate = soundfile.read(folder / f"{file_id}.wav", dtype="int16")
        excerpt, expected = excerpt_samples(one, GEOMETRY)
        assert rate == RATE
        assert soundfile.info(folder / f"{file_id}.wav").subtype == "PCM_16"
        np.testing.assert_array_equal(samples, expected)
        assert rows.loc[file_id, "start_s"] == excerpt.start / RATE
        assert rows.loc[file_id, "name"] == one.name


@pytest.mark.parametrize("source", [REFERENCE, "published", "finetuned"])
def test_labels_of_each_source_have_the_times_of_the_sound(folder, recordings, source):
    turns = load_rttm(folder / f"{source}.rttm")
    ids = file_ids(recordings)
    for file_id, comparison in zip(ids, recordings, strict=True):
        expected = expected_s(comparison, source)
        found = (
            [(turn.start, turn.end) for turn in turns[file_id].itersegments()]
            if len(expected)
            else []
        )
        np.testing.assert_allclose(np.reshape(found, (-1, 2)), expected, rtol=0, atol=TOLERANCE)
        lines = (folder / f"{file_id}.{source}.txt").read_text().splitlines()
        assert all(line.split("\t")[2] == "speech" for line in lines)
        times = [[float(field) for field in line.split("\t")[:2]] for line in lines]
        np.testing.assert_allclose(np.reshape(times, (-1, 2)), expected, rtol=0, atol=TOLERANCE)


def test_praat_sees_a_tier_of_each_source(folder, recordings):
    one = recordings[0]
    [file_id] = file_ids([one])
    tiers = read_tiers((folder / f"{file_id}.TextGrid").read_text(encoding="utf-8"))
    assert list(tiers) == [REFERENCE, "published", "finetuned"]
    for source, tier in tiers.items():
        labelled = [(s.start_s, s.end_s) for s in tier.segments if s.label == "speech"]
        np.testing.assert_allclose(labelled, expected_s(one, source), rtol=0, atol=TOLERANCE)


def test_what_counts_is_said(folder, recordings):
    regions = load_uem(folder / "annotated.uem")
    assert {file_id: timeline.duration() for file_id, timeline in regions.items()} == {
        file_id: len(excerpt_samples(one, GEOMETRY)[1]) / RATE
        for file_id, one in zip(file_ids(recordings), recordings, strict=True)
    }


def test_ids_are_safe_and_differ(results):
    ids = file_ids(2 * [one.comparison for one in results.renditions])
    assert len(set(ids)) == len(ids)
    assert not any(set(file_id) & set("/\\<>\"' \t\n&") for file_id in ids)


def test_no_recordings_are_empty_files(tmp_path):
    write_error_files(tmp_path / "errors", [], GEOMETRY)
    found = sorted(path.name for path in (tmp_path / "errors").iterdir())
    labels = ["finetuned.rttm", "published.rttm", "recordings.csv", "reference.rttm"]
    assert found == ["annotated.uem", *labels]
