"""Write the tuned network as drop-in ONNX files, checked against torch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import onnx
import torch

from vad.artifacts import replacing, together, write_metrics
from vad.command import run_stage
from vad.export.graph import sequence_model, streaming_model
from vad.export.parity import Difference, check_sequence, check_streaming
from vad.export.storage import Storage, rounded_weights
from vad.params import Params
from vad.silero.weights import WEIGHTS_LICENCE, Weights, load_weights


def main(
    weights: Annotated[Path, "safetensors of stage finetune, or a Silero VAD .jit"],
    streaming: Annotated[Path, "ONNX file to write for one window per call"],
    sequence: Annotated[Path, "ONNX file to write for many windows per call"],
    metrics: Annotated[Path | None, "JSON to write the differences from torch to"] = None,
    prepared: Annotated[
        Path | None, "folder of stage prepare, to measure smaller weights on"
    ] = None,
    *,
    params: Params,
) -> None:
    """Write `streaming` and `sequence`; the files appear once both have passed every check.

    `weights` is a safetensors file of stage finetune or any Silero v5/v6 TorchScript file. Where
    the files keep less than float32, the validation recordings of the folder `prepared` show what
    that changes, or a synthetic recording where it is left out.
    """
    # A window at a time is too little work for two threads: they only wait for each other.
    torch.set_num_threads(1)
    source = load_weights(weights, params.sample_rate)
    opset, storage, shapes = params.opset, params.export_onnx.weights, params.export_onnx.shapes
    both = params.export_onnx.rates == "both"
    branches = source.branches if both else {source.tuned_rate: source.tuned}
    stored = {rate: rounded_weights(branch, storage) for rate, branch in branches.items()}
    outputs = (streaming, sequence, *([metrics] if metrics else []))
    with together(*outputs), replacing(streaming, sequence) as drafts:
        for model, draft in zip(models(source, params), drafts, strict=True):
            onnx.save(model, draft)
        differences = {
            "streaming": check_streaming(drafts[0], stored, opset, shapes),
            "sequence": check_sequence(drafts[1], stored[source.tuned_rate], opset),
        }
        rounding = []
        if storage != "float32":
            # It needs pandas and scikit-learn, which take longer to import than the rest here.
            from vad.export.rounding import check_tolerance, measured_rounding

            rounding = [measured_rounding(drafts[1], source.tuned, opset, prepared)]
            check_tolerance(sequence, rounding[0], storage)
        if metrics:
            write_metrics(metrics, summary(differences, storage, rounding))
    weights_in_torch = "" if storage == "float32" else f" with weights as {storage}"
    print(f"wrote {streaming} and {sequence}: opset {opset}, equal to torch{weights_in_torch}")


def summary(
    differences: Mapping[str, Difference], storage: Storage, rounding: list[dict[str, float]]
) -> dict[str, Any]:
    """The content of metrics/export_onnx.json: lists, which DVC does not take for metrics."""
    rows = [{"file": name, **value._asdict()} for name, value in differences.items()]
    smaller = [{"weights": storage, **row} for row in rounding]
    return {"largest_difference": rows, "rounding": smaller}


def models(source: Weights, params: Params) -> tuple[onnx.ModelProto, onnx.ModelProto]:
    """The streaming and the sequence file."""
    opset, options = params.opset, params.export_onnx
    properties = metadata(source, options.weights, options.rates)
    return (
        streaming_model(
            source.branches,
            source.tuned_rate,
            opset,
            options.rates,
            properties,
            options.weights,
            options.shapes,
        ),
        sequence_model(source.tuned, opset, properties, options.weights),
    )


def metadata(source: Weights, storage: Storage, rates: Literal["both", "tuned"]) -> dict[str, str]:
    """What a reader of the file should know; nothing that changes from run to run."""
    geometry = source.tuned.geometry
    tuned_rates = source.tuned_rates if rates == "both" else (source.tuned_rate,)
    properties = {
        "sample_rate": str(geometry.sample_rate),
        "tuned_rates": " ".join(map(str, tuned_rates)),
        "window_samples": str(geometry.window_samples),
        "context_samples": str(geometry.context_samples),
        "weights": storage,
        "base_model": source.base,
        "weights_licence": WEIGHTS_LICENCE,
    }
    return properties | ({"data_licence": source.data_licence} if source.data_licence else {})


if __name__ == "__main__":
    run_stage(main)
