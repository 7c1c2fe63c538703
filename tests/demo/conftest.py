"""Two models that differ, and the page of make demo over them."""

import threading

import onnx
import pytest

from demo.server import RUNTIME, RUNTIME_FILES, server
from vad.export.graph import streaming_model
from vad.silero.geometry import GEOMETRIES
from vad.silero.weights import load_published

OPSET = 16
# Enough to change segments.
HEAD_BIAS_CHANGE = -2.0


def needs_runtime():
    """Skip where npm has not installed the runtime."""
    if not all((RUNTIME / name).is_file() for name in RUNTIME_FILES):
        pytest.skip("no onnxruntime-web in demo/node_modules: make test-demo installs it")


@pytest.fixture(scope="session", params=[16000, 8000])
def model(request, tmp_path_factory):
    """A file as stage export_onnx writes it, of other weights than the published ones."""
    rate = request.param
    branches = {each: load_published(each) for each in GEOMETRIES}
    branches[rate].tensors["head.bias"] = branches[rate].tensors["head.bias"] + HEAD_BIAS_CHANGE
    path = tmp_path_factory.mktemp("models") / "silero_vad.onnx"
    metadata = {"sample_rate": str(rate)}
    onnx.save(streaming_model(branches, rate, OPSET, metadata=metadata), path)
    thresholds = "threshold: 0.4, neg_threshold: 0.25, min_speech_duration_ms: 250"
    thresholds += ", min_silence_duration_ms: 100, speech_pad_ms: 30"
    (path.parent / "thresholds.yaml").write_text(
        f"thresholds:\n  finetuned: {{{thresholds}}}\n  published: {{{thresholds}}}\n"
    )
    return path


@pytest.fixture(scope="session")
def address(model):
    """Where the page is served until the tests end."""
    needs_runtime()
    with server(model, 0) as page:
        thread = threading.Thread(target=page.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{page.server_port}/"
        page.shutdown()
        thread.join()
