"""The server of the page: a fixed list of files on the loopback address, nothing else."""

import json
import mimetypes
from collections.abc import Iterator
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from detect.models import PUBLISHED, opened, options_for, tuned_rate
from vad.errors import VadError
from vad.report.templates import SEGMENTS
from vad.silero.geometry import GEOMETRIES
from vad.silero.weights import published_path

PAGE = Path(__file__).with_name("page")
RUNTIME = Path(__file__).with_name("node_modules") / "onnxruntime-web" / "dist"
RUNTIME_FILES = (
    "ort.wasm.min.mjs",
    "ort-wasm-simd-threaded.mjs",
    "ort-wasm-simd-threaded.wasm",
)
LOOPBACK = "127.0.0.1"
# By suffix; what the operating system has registered may differ, and a browser refuses modules and
# WebAssembly of another type.
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".wasm": "application/wasm",
}
# The browser refuses everything that this address did not serve.
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "connect-src 'self'; img-src data:; media-src blob:; base-uri 'none'; form-action 'none'"
)


def setup(model: Path) -> dict[str, object]:
    """Rate and sizes (samples) of the tuned branch of `model`, and the options of both models."""
    rate = tuned_rate(opened(model).onnx) or 16000
    geometry = GEOMETRIES[rate]
    return {
        "sampleRate": rate,
        "windowSamples": geometry.window_samples,
        "contextSamples": geometry.context_samples,
        "options": {key: asdict(options_for(model, key, {})) for key in (PUBLISHED, "finetuned")},
    }


def routes(model: Path) -> dict[str, Path | bytes]:
    """By address, the file or the bytes that are served; VadError where one is missing."""
    if opened(model).is_sequence:
        raise VadError(f"{model}: takes many windows per call, expected silero_vad.onnx")
    served: dict[str, Path | bytes] = {f"/{path.name}": path for path in PAGE.iterdir()}
    served["/"] = served.pop("/index.html")
    served[f"/{SEGMENTS.name}"] = SEGMENTS
    served |= dict(_runtime())
    served["/models/published.onnx"] = published_path("silero_vad.onnx")
    served["/models/finetuned.onnx"] = model
    served["/setup.json"] = json.dumps(setup(model)).encode()
    return served


def _runtime() -> Iterator[tuple[str, Path]]:
    for name in RUNTIME_FILES:
        if not (RUNTIME / name).is_file():
            raise VadError(f"{RUNTIME / name}: no such file, run make demo, which installs it")
        yield f"/runtime/{name}", RUNTIME / name


def content_type(address: str) -> str:
    """The media type of an address by its suffix."""
    suffix = Path(address).suffix or ".html"
    return TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")


def server(model: Path, port: int) -> ThreadingHTTPServer:
    """A server of the page, bound to the loopback address; port 0 takes a free one."""
    served = routes(model)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = self.path.partition("?")[0]
            if address not in served:
                self.send_error(404)
                return
            source = served[address]
            body = source.read_bytes() if isinstance(source, Path) else source
            self.send_response(200)
            self.send_header("Content-Type", content_type(address))
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: the terminal shows the address alone."""

    try:
        return ThreadingHTTPServer((LOOPBACK, port), Handler)
    except OSError as error:
        raise VadError(f"port {port}: {error.strerror}, choose another with --port") from error
