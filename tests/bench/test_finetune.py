"""What bench.finetune times: its signal, prepared as the stage does it."""

from bench import finetune
from vad.params import load_params


def test_the_signal_is_prepared_with_rehearsal_data(tmp_path, monkeypatch):
    params = load_params()
    section = params.prepare.model_copy(update={"rehearsal_minutes": 1})
    monkeypatch.setattr(
        finetune, "load_params", lambda: params.model_copy(update={"prepare": section})
    )
    monkeypatch.setattr(finetune, "MINUTES", 1)
    prepared = finetune.prepare_signal(tmp_path)
    for role, split, _ in finetune.KINDS:
        assert finetune.clips_of(prepared, role, split, 1)
