"""Write the tuned network as ONNX, drop-in for the official files, checked against torch."""

from pathlib import Path

import onnx
import torch

from vad.artifacts import replacing, write_metrics
from vad.command import run_stage
from vad.graph import sequence_model, streaming_model
from vad.params import Params
from vad.parity import check_sequence, check_streaming
from vad.weights import load_weights


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
    with replacing(streaming, sequence) as (streaming_draft, sequence_draft):
        onnx.save(streaming_model(branches, source.tuned_rate, opset, rates), streaming_draft)
        onnx.save(sequence_model(source.tuned, opset), sequence_draft)
        differences = {
            "streaming": check_streaming(streaming_draft, branches, opset)._asdict(),
            "sequence": check_sequence(sequence_draft, source.tuned, opset)._asdict(),
        }
    if metrics:
        write_metrics(metrics, {"opset": opset, "largest_difference": differences})
    print(f"wrote {streaming} and {sequence}: opset {opset}, equal to torch on every check")


if __name__ == "__main__":
    run_stage(main)
