"""Run an ONNX file call by call, its state carried on; needs numpy and onnxruntime, nothing else.

python run_file.py model.onnx feeds.npz outputs.npz

`feeds.npz` holds the first call's feeds by name, but for `input`, which has one axis more: the
calls. Every input that is neither `input` nor `sr` is state, and takes the output that stands in
its place after the first. So it serves the streaming and the sequence file.
"""

import sys
from pathlib import Path

import numpy as np
import onnxruntime

# Of warnings there is one for each unused constant of the official file.
ERRORS_ONLY = 3


def run_file(model: Path, feeds: Path, outputs: Path) -> None:
    """Write the runtime's version, the first output of every call and the last state."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = ERRORS_ONLY
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    feed = dict(np.load(feeds))
    names = [value.name for value in session.get_inputs()]
    states = [name for name in names if name not in ("input", "sr")]
    probabilities = []
    for window in feed.pop("input"):
        inputs = {"input": window, **feed}
        output, *state = session.run(None, {name: inputs[name] for name in names})
        feed.update(zip(states, state, strict=True))
        probabilities.append(output)
    last = {name: feed[name] for name in states}
    np.savez(outputs, version=onnxruntime.__version__, probabilities=probabilities, **last)


if __name__ == "__main__":
    run_file(*map(Path, sys.argv[1:]))
