import pytest
import torch

from vad.errors import VadError
from vad.tuning.process_group import process_group


def test_a_single_process_is_a_team(monkeypatch):
    monkeypatch.setenv("VAD_DEVICE", "cpu")
    with process_group(2) as group:
        assert group.is_first
        assert group.device == torch.device("cpu")
        tensor = torch.ones(3)
        group.add_up([tensor])
        assert torch.equal(tensor, torch.ones(3))


@pytest.mark.parametrize("device", ["gpu", ""])
def test_an_unknown_device_is_named(monkeypatch, device):
    monkeypatch.setenv("VAD_DEVICE", device)
    with pytest.raises(VadError, match="expected one of auto, cpu, cuda"), process_group(1):
        pass


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_missing_cuda_device_is_told(monkeypatch):
    monkeypatch.setenv("VAD_DEVICE", "cuda")
    with pytest.raises(VadError, match="torch finds no CUDA device"), process_group(1):
        pass
