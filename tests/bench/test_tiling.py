"""Corpora that are tiled from others, read as any corpus is."""

import numpy as np
import pytest

from bench.tiling import SAMPLE_RATE, Tile, tiles_of, write_noise, write_tiled
from vad.corpora import read_corpora

# Of labels with three decimals (s).
TOLERANCE = 0.002


@pytest.fixture
def tiles():
    """A second of silence, then three that are loud and labelled as speech."""
    draw = np.random.default_rng(0)
    samples = draw.normal(0, 0.1, 4 * SAMPLE_RATE).astype(np.float32)
    samples[:SAMPLE_RATE] = 0
    return [Tile(samples, np.array([[1.0, 4.0]])), Tile(-samples, np.array([[1.0, 4.0]]))]


@pytest.mark.parametrize(("recording_s", "counts"), [(5.5, [65, 8, 8]), (1000, [1, 1, 1])])
def test_recordings_have_their_length_and_their_labels(tmp_path, tiles, recording_s, counts):
    write_tiled(tmp_path / "tiled", tiles, 0.125, recording_s)
    recordings = read_corpora(tmp_path, None)
    splits = [recording.split for recording in recordings]
    assert [splits.count(split) for split in ("train", "val", "test")] == counts
    blocks = [block for recording in recordings[:9] for block in recording.blocks(SAMPLE_RATE)]
    assert len({block.samples.tobytes() for block in blocks}) == len(blocks)
    for block in blocks:
        assert len(block.samples) == round(min(recording_s, 300) * SAMPLE_RATE) or recording_s > 300
        edges = np.rint(block.speech * SAMPLE_RATE).astype(int)
        assert np.sum(edges[:, 1] - edges[:, 0]) == pytest.approx(len(block.samples), rel=TOLERANCE)


def test_noise_and_speech_come_from_the_corpora_of_a_folder(tmp_path, tiles):
    write_tiled(tmp_path / "tiled", tiles, 0.01, 12)
    write_noise(tmp_path / "sounds", [Tile(tiles[0].samples, np.zeros((0, 2)))] * 2)
    assert [tile.duration_s for tile in tiles_of(tmp_path, "speech")] == [12] * 4
    assert [tile.duration_s for tile in tiles_of(tmp_path, "noise")] == [4] * 2
