"""The labels of the shown recordings, read back by pyannote.database and as Audacity reads them."""

import numpy as np
import pytest
from pyannote.database.util import load_rttm, load_uem

from tests.scored import GEOMETRY
from vad.report.label_files import REFERENCE, file_ids, write_label_files

# Half of the last digit that is written (s), for the start and for the length.
TOLERANCE = 1e-6


@pytest.fixture(scope="module")
def folder(results, tmp_path_factory):
    folder = tmp_path_factory.mktemp("labels") / "errors"
    write_label_files(folder, results.recordings, GEOMETRY.sample_rate)
    return folder


def expected_s(comparison, source):
    intervals = comparison.speech if source == REFERENCE else comparison.segments[source]
    return intervals / GEOMETRY.sample_rate


@pytest.mark.parametrize("source", [REFERENCE, "published", "finetuned"])
def test_rttm_and_label_tracks_hold_what_each_source_says(folder, results, source):
    turns = load_rttm(folder / f"{source}.rttm")
    ids = file_ids(results.recordings)
    for file_id, comparison in zip(ids, results.recordings, strict=True):
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


def test_what_counts_is_said(folder, results):
    regions = load_uem(folder / "annotated.uem")
    assert {file_id: timeline.duration() for file_id, timeline in regions.items()} == {
        file_id: one.sample_count / GEOMETRY.sample_rate
        for file_id, one in zip(file_ids(results.recordings), results.recordings, strict=True)
    }


def test_ids_are_safe_and_differ(results):
    ids = file_ids([*results.recordings, *results.recordings])
    assert len(set(ids)) == len(ids)
    assert not any(set(file_id) & set("/\\<>\"' \t\n&") for file_id in ids)


def test_no_recordings_are_empty_files(tmp_path):
    write_label_files(tmp_path / "errors", [], 16000)
    found = sorted(path.name for path in (tmp_path / "errors").iterdir())
    assert found == ["annotated.uem", "finetuned.rttm", "published.rttm", "reference.rttm"]
