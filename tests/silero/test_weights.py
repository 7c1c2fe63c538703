import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

import vad.silero.weights
from vad.errors import VadError
from vad.silero.weights import (
    load_finetuned,
    load_jit,
    load_published,
    load_weights,
    published_path,
    save_finetuned,
)


def with_other_head(branch):
    """The branch with drawn weights in its last layer."""
    draw = np.random.default_rng(0)
    weight = draw.standard_normal(branch.tensors["head.weight"].shape, np.float32)
    return replace(branch, tensors={**branch.tensors, "head.weight": weight})


def assert_equal_weights(branch, expected):
    assert branch.tensors.keys() == expected.tensors.keys()
    for name, array in branch.tensors.items():
        np.testing.assert_array_equal(array, expected.tensors[name], err_msg=name)


def test_finetuned_file_holds_the_branch_and_its_rate(tmp_path, sample_rate):
    branch = with_other_head(load_published(sample_rate))
    save_finetuned([branch], ["CC0", "MIT"], tmp_path / "a.safetensors")
    save_finetuned([branch], ["CC0", "MIT"], tmp_path / "b.safetensors")
    loaded = load_weights(tmp_path / "a.safetensors", 16000)
    assert loaded.tuned_rate == sample_rate
    assert loaded.tuned_rates == (sample_rate,)
    assert loaded.data_licence == "CC0; MIT"
    assert_equal_weights(loaded.tuned, branch)
    other = 24000 - sample_rate
    assert_equal_weights(loaded.branches[other], load_published(other))
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_a_file_may_have_both_branches(tmp_path):
    branches = [with_other_head(load_published(rate)) for rate in (16000, 8000)]
    save_finetuned(branches, [], tmp_path / "both.safetensors")
    loaded = load_weights(tmp_path / "both.safetensors", 16000)
    assert (loaded.tuned_rate, loaded.tuned_rates) == (16000, (16000, 8000))
    for branch in branches:
        assert_equal_weights(loaded.branches[branch.geometry.sample_rate], branch)


def test_torchscript_of_upstreams_tuning_is_read(tmp_path, sample_rate):
    """Upstream's script changes decoder tensors in place and saves the whole module."""
    module = torch.jit.load(published_path())
    branch = module._model if sample_rate == 16000 else module._model_8k
    with torch.no_grad():
        branch.decoder.rnn.weight_hh.mul_(1.5)
    torch.jit.save(module, tmp_path / "tuned.jit")
    weights = load_weights(tmp_path / "tuned.jit", sample_rate)
    expected = load_published(sample_rate).tensors["lstm.weight_hh_l0"] * np.float32(1.5)
    np.testing.assert_array_equal(weights.tuned.tensors["lstm.weight_hh_l0"], expected)


def test_published_file_is_checked(tmp_path, monkeypatch):
    changed = tmp_path / "silero_vad.jit"
    changed.write_bytes(published_path().read_bytes() + b"\0")
    monkeypatch.setattr(vad.silero.weights, "published_path", lambda: changed)
    with pytest.raises(VadError, match=r"silero_vad\.jit: SHA-256 is .*, expected e1122837"):
        load_published(16000)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("16000.lstm.weight_hh_l0"), "'lstm.weight_hh_l0' is missing, expected"),
        (
            lambda t: t.update({"16000.extra": np.zeros(3)}),
            r"unexpected tensor 'extra' \(3,\)",
        ),
        (
            lambda t: t.update({"16000.head.bias": np.zeros(2)}),
            r"'head.bias' is \(2,\), expected \(1,\)",
        ),
        (lambda t: t.update(extra=np.zeros(3)), "'extra', expected 16000.extra"),
    ],
)
def test_another_architecture_is_named(tmp_path, change, message):
    path = tmp_path / "finetuned.safetensors"
    save_finetuned([load_published(16000)], [], path)
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path, metadata={"silero_vad": '{"sample_rate": 16000}'})
    with pytest.raises(VadError, match=rf"finetuned\.safetensors: .*{message}"):
        load_finetuned(path)


def test_unreadable_files_are_named(tmp_path):
    (tmp_path / "a.safetensors").write_bytes(b"nothing of the kind")
    (tmp_path / "b.jit").write_bytes(b"nothing of the kind")
    with pytest.raises(VadError, match=r"a\.safetensors: not a readable safetensors file"):
        load_finetuned(tmp_path / "a.safetensors")
    with pytest.raises(VadError, match=r"b\.jit: not a readable TorchScript file"):
        load_jit(tmp_path / "b.jit")
    with pytest.raises(VadError, match=r"missing\.jit: not a readable TorchScript file"):
        load_jit(tmp_path / "missing.jit")


def test_foreign_safetensors_is_told_from_ours(tmp_path):
    shutil.copy(published_path("silero_vad_16k.safetensors"), tmp_path / "other.safetensors")
    with pytest.raises(
        VadError,
        match=r"other\.safetensors: 'sample_rate' in its metadata is None, expected 16000 or 8000",
    ):
        load_finetuned(tmp_path / "other.safetensors")


@pytest.mark.parametrize(
    "text", ["[", "[1]", '{"sample_rate": [1]}', '{"sample_rate": "x"}', "[" * 9000]
)
def test_damaged_metadata_is_named(tmp_path, text):
    tensors = dict(load_published(16000).tensors)
    save_file(tensors, tmp_path / "a.safetensors", metadata={"silero_vad": text})
    with pytest.raises(VadError, match=r"a\.safetensors: (not a readable|'sample_rate' in)"):
        load_finetuned(tmp_path / "a.safetensors")


def test_weights_that_are_no_numbers_are_named(tmp_path):
    tensors = load_published(16000).tensors
    tensors = {f"16000.{name}": array for name, array in tensors.items()}
    tensors["16000.head.bias"] = np.array([np.nan], np.float32)
    properties = {"silero_vad": '{"sample_rate": 16000}'}
    save_file(tensors, tmp_path / "a.safetensors", metadata=properties)
    with pytest.raises(VadError, match=r"tensor 'head.bias' has values that are not finite"):
        load_finetuned(tmp_path / "a.safetensors")
