"""Files of a corpus: patterns, names in other forms, and headers read in workers."""

import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from vad.corpora import files
from vad.corpora.files import BATCH_FILES, FileCard, existing, files_matching, recording_name
from vad.errors import VadError
from vad.faults import Faults

CARD = FileCard(name="calls", reader="folder", licence="CC0", citation="made here")


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many files each call of a worker got, filled while headers are read."""
    sizes: list[int] = []
    run_parallel = files.run_parallel

    def counted(work: Any, tasks: list[tuple[Any, ...]], title: str) -> list[Any]:
        sizes.extend(len(task[0]) for task in tasks)
        return run_parallel(work, tasks, title)

    monkeypatch.setattr(files, "run_parallel", counted)
    monkeypatch.setenv("VAD_WORKERS", "2")
    return sizes


def test_many_headers_are_read_in_workers_and_are_the_same(tmp_path: Path, batches) -> None:
    paths = [tmp_path / f"{number:03d}.wav" for number in range(2 * BATCH_FILES)]
    for number, path in enumerate(paths):
        soundfile.write(path, np.zeros(80 + number), 8000)
    paths[7].write_bytes(b"")
    few, many = Faults(), Faults()
    one_by_one = CARD.headers(paths[:-1], few)
    assert batches == []
    headers = CARD.headers(paths, many)
    assert batches == [BATCH_FILES, BATCH_FILES]
    assert headers.pop(paths[-1]).duration_s == (80 + 399) / 8000
    assert headers == one_by_one
    assert len(headers) == 2 * BATCH_FILES - 2
    assert many.entries == few.entries
    assert [fault.file for fault in many.entries] == [str(paths[7])]


def test_suffixes_match_in_any_case_and_cards_never(tmp_path: Path) -> None:
    for name in ("a.wav", "b.WAV", "c.Wav", "d.wave", "corpus.yaml", "splits.yaml"):
        (tmp_path / name).touch()
    assert {path.name for path in files_matching(tmp_path, "*.wav")} == {"a.wav", "b.WAV", "c.Wav"}
    assert files_matching(tmp_path, "*.yaml") == set()


def test_a_name_in_another_form_is_that_file(tmp_path: Path) -> None:
    composed, decomposed = (unicodedata.normalize(form, "grüße.wav") for form in ("NFC", "NFD"))
    (tmp_path / decomposed).touch()
    assert existing(tmp_path / composed) == tmp_path / decomposed
    assert recording_name(tmp_path, tmp_path / decomposed) == composed.removesuffix(".wav")
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "a.wav").touch()
    assert existing(tmp_path / "s\\a.wav") == tmp_path / "s" / "a.wav"
    assert existing(tmp_path / "none.wav") == tmp_path / "none.wav"


@pytest.mark.parametrize("path", ["/etc/a.wav", "../a.wav", "..\\a.wav", "s/../../a.wav"])
def test_paths_outside_need_the_key(tmp_path: Path, path: str) -> None:
    with pytest.raises(VadError, match=r"is outside .* or 'allow_outside: true' in"):
        CARD.inside(tmp_path, path)
    assert CARD.model_copy(update={"allow_outside": True}).inside(tmp_path, path)
