"""Labels of one format as another: the same recordings and intervals are read back."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vad.corpora import read_corpus
from vad.corpora.__main__ import main
from vad.corpora.convert import convert
from vad.corpora.writers import WRITERS
from vad.errors import VadError

CARD = "reader: jsonl\nlabels: x.jsonl\nlabel_resolution_ms: 10\n"
SPLIT = "split: {train: 'дом/*', test: b}\nspeaker: ([^/]+)$\n"
LABELS = (
    '{"audio": "дом/会议.wav", "segments": [[0, 0.5], [1.000001, 1.25], [1.75, 2]]}\n'
    '{"audio": "b.flac", "segments": [], "annotated": [[0, 1]]}\n'
)
FILES: dict[str, str | float] = {"дом/会议.wav": 2, "b.flac": 1, "x.jsonl": LABELS}


@pytest.mark.parametrize("label_format", WRITERS)
def test_round_trip_through_every_format(make_corpus, tmp_path: Path, label_format: str) -> None:
    before = read_corpus(make_corpus(CARD + SPLIT, FILES))
    folder = before[0].path.parent
    out = tmp_path / "raw" / "other"
    assert convert(folder, label_format, out) == 2
    after = read_corpus(out)
    for one, other in zip(before, after, strict=True):
        for key in ("name", "split", "speaker", "licence", "label_resolution_ms", "duration_s"):
            assert getattr(one, key) == getattr(other, key)
        assert np.allclose(one.speech, other.speech, rtol=0, atol=1e-6)
        assert np.allclose(one.annotated, other.annotated, rtol=0, atol=1e-6)
    again = tmp_path / "again" / "other"
    convert(out, label_format, again)
    for path in out.rglob("*.[rtTy]*"):
        assert (again / path.relative_to(out)).read_bytes() == path.read_bytes()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
@given(
    bounds_us=st.lists(st.integers(0, 2_000_000), unique=True, min_size=2, max_size=20),
    label_format=st.sampled_from(sorted(WRITERS)),
)
def test_intervals_survive(make_corpus, tmp_path, bounds_us, label_format) -> None:
    bounds = sorted(bounds_us)[: len(bounds_us) // 2 * 2]
    intervals = (np.array(bounds).reshape(-1, 2) / 1e6).tolist()
    labels = f'{{"audio": "a.wav", "segments": {intervals}}}'
    split = "split: {train: '*'}\n"
    folder = make_corpus(CARD + split, {"a.wav": 2, "x.jsonl": labels})
    out = tmp_path / f"out{len(list(tmp_path.iterdir()))}"
    convert(folder, label_format, out)
    assert np.allclose(read_corpus(out)[0].speech, intervals, rtol=0, atol=1e-9)


def test_parts_that_are_not_annotated_survive_in_rttm_alone(make_corpus, tmp_path: Path) -> None:
    labels = '{"audio": "a.wav", "segments": [[0.5, 1]], "annotated": [[0.25, 1.5]]}'
    split = "split: {train: '*'}\n"
    folder = make_corpus(CARD + split, {"a.wav": 2, "x.jsonl": labels})
    convert(folder, "rttm", tmp_path / "one")
    assert read_corpus(tmp_path / "one")[0].annotated.tolist() == [[0.25, 1.5]]
    for label_format in ("audacity", "textgrid", "silero_feather"):
        with pytest.raises(VadError, match=r"a\.wav: annotated in parts, which a .* cannot hold"):
            convert(folder, label_format, tmp_path / "two")
        assert not (tmp_path / "two").exists()


def test_what_cannot_be_converted(make_corpus, tmp_path: Path) -> None:
    files: dict[str, str | float] = {"two words.wav": 1}
    labels = {"x.jsonl": '{"audio": "two words.wav", "segments": [[0, 1]]}'}
    folder = make_corpus(CARD, files | labels)
    with pytest.raises(VadError, match="file id 'two words', RTTM holds ids of one recording"):
        convert(folder, "rttm", tmp_path / "out")
    with pytest.raises(VadError, match="raw: is there already, expected a new folder"):
        convert(folder, "audacity", tmp_path / "raw")
    with pytest.raises(VadError, match="'name' is 'Not A Name'"):
        convert(folder, "audacity", tmp_path / "Not A Name")
    assert not (tmp_path / "Not A Name").exists()
    noise = make_corpus("reader: folder\nrole: noise\naudio: '*.wav'\n", {"a.wav": 1}, name="n")
    with pytest.raises(VadError, match="reader 'folder' has no labels in files to convert"):
        convert(noise, "audacity", tmp_path / "out")


def test_command(make_corpus, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    folder = make_corpus(CARD + SPLIT, FILES)
    main(["convert", str(folder), "audacity", str(tmp_path / "out")])
    assert "2 recordings" in capsys.readouterr().out
    command = [sys.executable, "-m", "vad.corpora", "convert", folder, "rttm", tmp_path / "out"]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == f"convert: {tmp_path / 'out'}: is there already, expected a new folder\n"
