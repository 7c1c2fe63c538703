import numpy as np
import pandas as pd
import pytest

from vad.prepared import INTERVAL_COLUMNS, INTERVALS, RECORDING_COLUMNS, RECORDINGS, Prepared

SAMPLES = 16000


@pytest.fixture
def corpus_of_two(tmp_path) -> Prepared:
    """A second of speech and one of noise for training, at 16 kHz."""
    rows, intervals = [], []
    for number, role in enumerate(("speech", "noise")):
        labels = ["calls", role, None, role, "train", "clean", 0, "CC0"]
        rows.append([*labels, "all.pcm", number * SAMPLES, SAMPLES, 16000])
        intervals.append((number, "annotated", 0, SAMPLES))
    intervals.append((0, "speech", 2000, 9000))
    audio = 3000 * np.random.default_rng(0).standard_normal(2 * SAMPLES)
    (tmp_path / "shards").mkdir()
    (tmp_path / "shards" / "all.pcm").write_bytes(audio.astype("<i2").tobytes())
    pd.DataFrame(rows, columns=RECORDING_COLUMNS).to_parquet(tmp_path / RECORDINGS)
    pd.DataFrame(intervals, columns=INTERVAL_COLUMNS).to_parquet(tmp_path / INTERVALS)
    return Prepared(tmp_path)
