"""Write the tuned network as ONNX, drop-in for the official files, checked against torch."""

from pathlib import Path

import onnx
import torch

from vad.artifacts import replacing, write_metrics
from vad.command import run_stage
from vad.export.graph import sequence_model, streaming_model
from vad.export.parity import check_sequence, check_streaming
from vad.params import Params
from vad.silero.weights import WEIGHTS_LICENCE, Weights, load_weights


def main(
    weights: Path, streaming: Path, sequence: Path, metrics: Path | None = None, *, params: Params
) -> None:
    """Write `streaming` and `sequence`; the files appear once both have passed every check.

    `weights` is a safetensors file of stage finetune or any Silero v5/v6 TorchScript file.
    """
    # A window at a time is too little work for two threads: they only wait for each other.
    torch.set_num_threads(1)
    source = load_weights(weights, params.sample_rate)
    opset, rates = params.opset, params.export_onnx.rates
    branches = source.branches if rates == "both" else {source.tuned_rate: source.tuned}
    properties = metadata(source)
    models = (
        streaming_model(branches, source.tuned_rate, opset, rates, properties),
        sequence_model(source.tuned, opset, properties),
    )
    with replacing(streaming, sequence) as (streaming_draft, sequence_draft):
        for model, draft in zip(models, (streaming_draft, sequence_draft), strict=True):
            onnx.save(model, draft)
        differences = {
            "streaming": check_streaming(streaming_draft, branches, opset)._asdict(),
            "sequence": check_sequence(sequence_draft, source.tuned, opset)._asdict(),
        }
    if metrics:
        write_metrics(metrics, {"opset": opset, "largest_difference": differences})
    print(f"wrote {streaming} and {sequence}: opset {opset}, equal to torch on every check")


def metadata(source: Weights) -> dict[str, str]:
    """What a reader of the file should know; nothing that changes from run to run."""
    geometry = source.tuned.geometry
    properties = {
        "sample_rate": str(geometry.sample_rate),
        "window_samples": str(geometry.window_samples),
        "context_samples": str(geometry.context_samples),
        "base_model": source.base,
        "weights_licence": WEIGHTS_LICENCE,
    }
    return properties | ({"data_licence": source.data_licence} if source.data_licence else {})


if __name__ == "__main__":
    run_stage(main)
