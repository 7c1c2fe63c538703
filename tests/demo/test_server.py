"""What is served, and what stops the command with one line."""

import json
import signal
import subprocess
import sys
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from demo import server as demo_server
from demo.server import LOOPBACK, POLICY, routes, setup
from detect.models import tuned_rate
from tests.clone import REPOSITORY
from tests.demo.conftest import needs_runtime
from vad.errors import VadError
from vad.export.graph import sequence_model
from vad.export.runtime import open_session
from vad.report.templates import SEGMENTS
from vad.silero.weights import load_published, published_path


@pytest.fixture
def runtime(tmp_path, monkeypatch):
    """Empty files in place of the runtime, which only a browser needs."""
    for name in demo_server.RUNTIME_FILES:
        (tmp_path / name).touch()
    monkeypatch.setattr(demo_server, "RUNTIME", tmp_path)


def test_the_page_and_both_models_are_served_and_nothing_else(address, model):
    for name, expected in (("finetuned", model), ("published", published_path("silero_vad.onnx"))):
        with urlopen(f"{address}models/{name}.onnx") as response:  # noqa: S310 (http of this test)
            assert response.read() == expected.read_bytes()
            assert response.headers["Content-Security-Policy"] == POLICY
    for name in ("server.py", "../server.py", "%2e%2e/server.py", "page/", "package.json"):
        with pytest.raises(HTTPError, match="404"):
            urlopen(f"{address}{name}")  # noqa: S310 (as above)


@pytest.mark.usefixtures("runtime")
def test_modules_and_webassembly_have_the_types_that_browsers_demand(model):
    types = {address: demo_server.content_type(address) for address in routes(model)}
    assert types["/"].startswith("text/html")
    assert types["/main.js"].startswith("text/javascript")
    assert types["/runtime/ort.wasm.min.mjs"].startswith("text/javascript")
    assert types["/runtime/ort-wasm-simd-threaded.wasm"] == "application/wasm"


@pytest.mark.usefixtures("runtime")
def test_the_setup_has_the_rate_of_the_model_and_thresholds_of_both(model):
    rate = tuned_rate(open_session(model))
    values = json.loads(routes(model)["/setup.json"])
    assert values == setup(model)
    assert values["sampleRate"] == rate
    assert values["windowSamples"] / rate == 0.032
    assert values["contextSamples"] * 8 == values["windowSamples"]
    assert values["options"]["finetuned"]["threshold"] == 0.4
    assert values["options"]["published"].keys() == values["options"]["finetuned"].keys()


@pytest.mark.usefixtures("runtime")
def test_it_is_bound_to_the_loopback_address(model):
    with demo_server.server(model, 0) as page:
        assert page.server_address[0] == LOOPBACK == "127.0.0.1"


@pytest.mark.usefixtures("runtime")
def test_a_port_in_use_is_a_fault(model):
    with (
        demo_server.server(model, 0) as page,
        pytest.raises(VadError, match=f"port {page.server_port}: .*--port"),
    ):
        demo_server.server(model, page.server_port)


@pytest.mark.usefixtures("runtime")
def test_a_sequence_file_is_a_fault(tmp_path):
    path = tmp_path / "silero_vad_sequence.onnx"
    path.write_bytes(sequence_model(load_published(16000), 16).SerializeToString())
    with pytest.raises(VadError, match=r"many windows per call, expected silero_vad\.onnx"):
        routes(path)


def test_without_the_runtime_the_message_names_the_target(tmp_path, monkeypatch, model):
    monkeypatch.setattr(demo_server, "RUNTIME", tmp_path)
    with pytest.raises(VadError, match=r"ort\.wasm\.min\.mjs: no such file, run make demo"):
        routes(model)


def test_the_command_serves_where_it_says_until_ctrl_c(model):
    needs_runtime()
    command = [sys.executable, "-m", "demo", "--model", str(model), "--port", "0"]
    with subprocess.Popen(
        command,
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
        # A shell ignores Ctrl-C for what it runs in the background.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        address, note = process.stdout.readline().split(maxsplit=1)
        assert address.startswith(f"http://{LOOPBACK}:")
        assert note == "Ctrl-C ends.\n"
        with urlopen(f"{address}segments.js") as response:  # noqa: S310 (http of this test)
            assert response.read() == SEGMENTS.read_bytes()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


def test_without_a_model_the_command_ends_with_one_line(tmp_path):
    command = [sys.executable, "-m", "demo", "--model", str(tmp_path / "no.onnx")]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"demo: {tmp_path / 'no.onnx'}: no such file")
    assert done.stderr.count("\n") == 1
