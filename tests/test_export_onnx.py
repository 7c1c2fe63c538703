"""The stage by hand: any Silero VAD weights in, two checked files out."""

import json
from dataclasses import replace

import numpy as np
import onnx
import pytest

from stages import export_onnx
from vad.errors import VadError
from vad.export.rounding import TOLERANCES
from vad.silero.geometry import GEOMETRIES
from vad.silero.weights import load_published, published_path, save_finetuned


def properties(path):
    return {entry.key: entry.value for entry in onnx.load(path).metadata_props}


@pytest.fixture
def files(tmp_path):
    return tmp_path / "streaming.onnx", tmp_path / "sequence.onnx"


def test_torchscript_is_converted(files, params):
    export_onnx.main(published_path(), *files, params=params)
    assert properties(files[0]) == properties(files[1])
    assert properties(files[0])["base_model"] == "Silero VAD v5 or v6 (TorchScript)"
    assert properties(files[0])["tuned_rates"] == "16000 8000"
    assert "data_licence" not in properties(files[0])


def test_metadata_names_the_branch_and_the_licences(tmp_path, files, params, sample_rate):
    weights = tmp_path / "finetuned.safetensors"
    save_finetuned([load_published(sample_rate)], ["CC-BY-4.0", "in-house"], weights)
    export_onnx.main(weights, *files, params=params)
    assert properties(files[0]) == {
        "sample_rate": str(sample_rate),
        "tuned_rates": str(sample_rate),
        "window_samples": str(sample_rate * 32 // 1000),
        "context_samples": str(sample_rate * 4 // 1000),
        "weights": "float32",
        "base_model": "Silero VAD v6 (silero-vad 6.2.3)",
        "weights_licence": "MIT",
        "data_licence": "CC-BY-4.0; in-house",
    }


def test_one_rate_alone_has_no_if(files, params):
    tuned = params.export_onnx.model_copy(update={"rates": "tuned"})
    export_onnx.main(
        published_path(), *files, params=params.model_copy(update={"export_onnx": tuned})
    )
    assert properties(files[0])["tuned_rates"] == "16000"
    graph = onnx.load(files[0]).graph
    assert [value.name for value in graph.input] == ["input", "state", "sr"]
    assert "If" not in {node.op_type for node in graph.node}


def test_a_file_that_fails_its_check_does_not_appear(files, params, monkeypatch):
    files[0].write_text("previous")

    built = export_onnx.sequence_model

    def of_other_weights(branch, *arguments):
        tensors = {**branch.tensors, "head.bias": branch.tensors["head.bias"] + np.float32(1)}
        return built(replace(branch, tensors=tensors), *arguments)

    monkeypatch.setattr(export_onnx, "sequence_model", of_other_weights)
    with pytest.raises(VadError, match="probability differs from torch by"):
        export_onnx.main(published_path(), *files, params=params)
    assert files[0].read_text() == "previous"
    assert not files[1].exists()


@pytest.mark.parametrize("storage", ["float16", "int8"])
def test_smaller_weights_are_reported(tmp_path, files, params, storage):
    options = params.export_onnx.model_copy(update={"weights": storage})
    smaller = params.model_copy(update={"export_onnx": options})
    export_onnx.main(published_path(), *files, tmp_path / "metrics.json", params=smaller)
    assert properties(files[0])["weights"] == properties(files[1])["weights"] == storage
    metrics = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    [rounding] = metrics["rounding"]
    assert rounding["weights"] == storage
    assert 0 < rounding["largest_difference"] <= TOLERANCES[storage]


def test_smaller_weights_that_change_too_much_are_refused(files, params, monkeypatch):
    monkeypatch.setitem(TOLERANCES, "int8", 1e-4)
    options = params.export_onnx.model_copy(update={"weights": "int8"})
    with pytest.raises(VadError, match="weights as int8 move a probability by"):
        export_onnx.main(
            published_path(), *files, params=params.model_copy(update={"export_onnx": options})
        )
    assert not files[0].exists()


def test_float32_reports_no_rounding(tmp_path, files, params):
    export_onnx.main(published_path(), *files, tmp_path / "metrics.json", params=params)
    metrics = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["rounding"] == []
    rows = metrics["largest_difference"]
    assert [row["file"] for row in rows] == ["streaming", "sequence"]


def test_fixed_shapes(files, params, sample_rate):
    options = params.export_onnx.model_copy(update={"rates": "tuned", "shapes": "fixed"})
    fixed = params.model_copy(update={"export_onnx": options, "sample_rate": sample_rate})
    export_onnx.main(published_path(), *files, params=fixed)
    graph = onnx.load(files[0]).graph
    values = {value.name: value for value in (*graph.input, *graph.output)}
    sizes = {
        name: [size.dim_value for size in value.type.tensor_type.shape.dim]
        for name, value in values.items()
    }
    samples = GEOMETRIES[sample_rate].input_samples
    assert sizes == {
        "input": [1, samples],
        "state": [2, 1, 128],
        "sr": [],
        "output": [1, 1],
        "stateN": [2, 1, 128],
    }
