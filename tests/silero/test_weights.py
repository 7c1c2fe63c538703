import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

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


def state(network):
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def assert_equal_weights(network, expected):
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, expected.state_dict()[name]), name


def test_finetuned_file_holds_the_branch_and_its_rate(tmp_path, sample_rate):
    network = load_published(sample_rate)
    torch.nn.init.normal_(network.head.weight, generator=torch.Generator().manual_seed(0))
    save_finetuned([network], ["CC0", "MIT"], tmp_path / "a.safetensors")
    save_finetuned([network], ["CC0", "MIT"], tmp_path / "b.safetensors")
    loaded = load_weights(tmp_path / "a.safetensors", 16000)
    assert loaded.tuned_rate == sample_rate
    assert loaded.tuned_rates == (sample_rate,)
    assert loaded.data_licence == "CC0; MIT"
    assert_equal_weights(loaded.tuned, network)
    other = 24000 - sample_rate
    assert_equal_weights(loaded.branches[other], load_published(other))
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_a_file_may_have_both_branches(tmp_path):
    networks = [load_published(16000), load_published(8000)]
    for network in networks:
        torch.nn.init.normal_(network.head.weight, generator=torch.Generator().manual_seed(0))
    save_finetuned(networks, [], tmp_path / "both.safetensors")
    loaded = load_weights(tmp_path / "both.safetensors", 16000)
    assert (loaded.tuned_rate, loaded.tuned_rates) == (16000, (16000, 8000))
    for network in networks:
        assert_equal_weights(loaded.branches[network.geometry.sample_rate], network)


def test_torchscript_of_upstreams_tuning_is_read(tmp_path, sample_rate):
    """Upstream's script changes decoder tensors in place and saves the whole module."""
    module = torch.jit.load(published_path())
    branch = module._model if sample_rate == 16000 else module._model_8k
    with torch.no_grad():
        branch.decoder.rnn.weight_hh.mul_(1.5)
    torch.jit.save(module, tmp_path / "tuned.jit")
    weights = load_weights(tmp_path / "tuned.jit", sample_rate)
    expected = load_published(sample_rate).lstm.weight_hh_l0 * 1.5
    assert torch.equal(weights.tuned.lstm.weight_hh_l0, expected)


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
        (lambda t: t.update({"16000.extra": torch.zeros(3)}), r"unexpected tensor 'extra' \(3,\)"),
        (
            lambda t: t.update({"16000.head.bias": torch.zeros(2)}),
            r"'head.bias' is \(2,\), expected \(1,\)",
        ),
        (lambda t: t.update(extra=torch.zeros(3)), "'extra', expected 16000.extra"),
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
    tensors = state(load_published(16000))
    save_file(tensors, tmp_path / "a.safetensors", metadata={"silero_vad": text})
    with pytest.raises(VadError, match=r"a\.safetensors: (not a readable|'sample_rate' in)"):
        load_finetuned(tmp_path / "a.safetensors")


def test_weights_that_are_no_numbers_are_named(tmp_path):
    tensors = state(load_published(16000))
    tensors = {f"16000.{name}": tensor for name, tensor in tensors.items()}
    tensors["16000.head.bias"][0] = torch.nan
    properties = {"silero_vad": '{"sample_rate": 16000}'}
    save_file(tensors, tmp_path / "a.safetensors", metadata=properties)
    with pytest.raises(VadError, match=r"tensor 'head.bias' has values that are not finite"):
        load_finetuned(tmp_path / "a.safetensors")
