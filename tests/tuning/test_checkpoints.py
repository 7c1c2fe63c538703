import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from vad.errors import VadError
from vad.schema import load_yaml
from vad.tuning.checkpoints import load_checkpoint, run_key, save_checkpoint, work_folder

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def prepared(tmp_path):
    folder = tmp_path / "prepared"
    (folder / "shards").mkdir(parents=True)
    for name in ("recordings.parquet", "intervals.parquet", "shards/a.pcm"):
        (folder / name).write_bytes(name.encode())
    return folder


def test_the_key_changes_with_all_that_the_run_depends_on(prepared, group, tmp_path, monkeypatch):
    key = run_key(prepared, "settings", group)
    assert run_key(prepared, "settings", group) == key
    assert run_key(prepared, "other settings", group) != key
    assert run_key(prepared, "settings", replace(group, size=2)) != key
    (tmp_path / "code.py").write_text("DROPOUT = 0.5")
    for changed, value in (
        ("vad.tuning.checkpoints.imported_sources", lambda: [tmp_path / "code.py"]),
        ("torch.__version__", "3.0"),
        ("numpy.__version__", "3.0"),
        ("soxr.__version__", "3.0"),
    ):
        with monkeypatch.context() as change:
            change.setattr(changed, value)
            assert run_key(prepared, "settings", group) != key, changed
    (prepared / "shards" / "a.pcm").write_bytes(b"other samples")
    assert run_key(prepared, "settings", group) != key


def test_the_code_of_a_run_is_what_its_stage_imports():
    script = "import stages.finetune; from vad.tuning.checkpoints import imported_sources; "
    script += "print(*imported_sources(), sep='\\n')"
    printed = subprocess.check_output([sys.executable, "-c", script], cwd=REPOSITORY, text=True)
    sources = {Path(line).relative_to(REPOSITORY).as_posix() for line in printed.splitlines()}
    deps = load_yaml(REPOSITORY / "dvc.yaml")["stages"]["finetune"]["deps"]
    for dep in (dep for dep in deps if dep.startswith(("vad", "stages"))):
        assert any(source == dep or source.startswith(f"{dep}/") for source in sources), dep
    assert "vad/tuning/training.py" in sources
    assert "vad/silero/network.py" in sources
    assert not any(source.startswith("vad/report") for source in sources)


def test_work_is_kept_on_an_error_and_removed_at_the_end(tmp_path, group):
    output = tmp_path / "weights.safetensors"

    def cut_off() -> None:
        with work_folder(output, "key", group) as folder:
            save_checkpoint(folder, {"epoch": 1})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut_off()
    with work_folder(output, "key", group) as folder:
        assert load_checkpoint(folder) == {"epoch": 1}
    assert list(tmp_path.iterdir()) == []


def test_work_of_another_run_for_the_same_output_is_removed(tmp_path, group):
    old = f".weights.safetensors-{'0' * 16}"
    unrelated = {
        f".others.safetensors-{'0' * 16}",
        f".weights.safetensors-b-{'0' * 16}",
        ".weights-x",
    }
    for name in (old, *unrelated):
        (tmp_path / name).mkdir()
    with work_folder(tmp_path / "weights.safetensors", "1" * 16, group) as folder:
        assert load_checkpoint(folder) is None
        assert {path.name for path in tmp_path.iterdir()} == {folder.name, *unrelated}


@pytest.mark.parametrize("keep", [0, 10, -10])
def test_a_damaged_checkpoint_is_named(tmp_path, keep):
    save_checkpoint(tmp_path, {"tensor": torch.ones(300)})
    content = (tmp_path / "checkpoint.pt").read_bytes()
    (tmp_path / "checkpoint.pt").write_bytes(content[:keep])
    with pytest.raises(VadError, match=r"checkpoint\.pt: not a readable checkpoint, remove the"):
        load_checkpoint(tmp_path)


def test_a_checkpoint_that_cannot_be_written_leaves_the_last_one(tmp_path, monkeypatch):
    save_checkpoint(tmp_path, {"tensor": torch.ones(3)})

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(tmp_path, {"tensor": torch.zeros(3)})
    np.testing.assert_array_equal(load_checkpoint(tmp_path)["tensor"], np.ones(3))
