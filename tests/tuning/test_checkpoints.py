import numpy as np
import pytest
import torch

from vad.tuning.checkpoints import load_checkpoint, run_key, save_checkpoint, work_folder


@pytest.fixture
def prepared(tmp_path):
    folder = tmp_path / "prepared"
    (folder / "shards").mkdir(parents=True)
    for name in ("recordings.parquet", "intervals.parquet", "shards/a.pcm"):
        (folder / name).write_bytes(name.encode())
    return folder


def test_the_key_changes_with_data_and_settings(prepared):
    key = run_key(prepared, "settings")
    assert run_key(prepared, "settings") == key
    assert run_key(prepared, "other settings") != key
    (prepared / "shards" / "a.pcm").write_bytes(b"other samples")
    assert run_key(prepared, "settings") != key


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
    for name in (".weights-old", ".others-old"):
        (tmp_path / name).mkdir()
    with work_folder(tmp_path / "weights.safetensors", "new", group) as folder:
        assert load_checkpoint(folder) is None
        assert {path.name for path in tmp_path.iterdir()} == {".weights-new", ".others-old"}


def test_a_checkpoint_that_cannot_be_written_leaves_the_last_one(tmp_path, monkeypatch):
    save_checkpoint(tmp_path, {"tensor": torch.ones(3)})

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(tmp_path, {"tensor": torch.zeros(3)})
    np.testing.assert_array_equal(load_checkpoint(tmp_path)["tensor"], np.ones(3))
