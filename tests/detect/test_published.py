import subprocess
import sys

from detect.published import published_file
from vad.export.graph import sequence_model
from vad.silero.weights import load_published


def test_the_file_is_that_of_the_export_and_written_once(sample_rate):
    path = published_file(sample_rate)
    assert path.read_bytes() == sequence_model(load_published(sample_rate), 16).SerializeToString()
    before = path.stat().st_mtime_ns
    assert published_file(sample_rate) == path
    assert path.stat().st_mtime_ns == before


def test_detection_imports_neither_torch_nor_pandas():
    """Torch alone takes 200 MB."""
    code = "import detect.__main__, sys; print({'torch', 'pandas'} & sys.modules.keys())"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"
