"""The pipeline as a user runs it: in a clone, through DVC, on a small demo corpus."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import onnx
import onnxruntime
import pytest

from vad.schema import load_yaml

REPOSITORY = Path(__file__).parents[1]
STAGES = ["prepare", "finetune", "export_onnx", "evaluate"]


class Clone:
    """A copy of the working tree with a history of its own and a smaller demo corpus."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        listed = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
        for name in subprocess.check_output(listed, cwd=REPOSITORY, text=True).splitlines():
            if (REPOSITORY / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(REPOSITORY / name, folder / name)
        self.replace("data/raw/demo/corpus.yaml", r"^recordings: .*", "recordings: 12")
        self.replace("data/raw/demo/corpus.yaml", r"^seconds: .*", "seconds: 10")
        self.replace("params.yaml", r"^  epochs: .*", "  epochs: 2")
        self.run("git", "init", "--quiet", "--initial-branch=main")
        self.run("git", "config", "user.name", "tester")
        self.run("git", "config", "user.email", "tester@example.invalid")
        self.commit()

    def replace(self, name: str, pattern: str, text: str) -> None:
        old = (self.folder / name).read_text(encoding="utf-8")
        new, count = re.subn(pattern, text, old, flags=re.MULTILINE)
        assert count == 1, (name, pattern)
        (self.folder / name).write_text(new, encoding="utf-8")

    def commit(self) -> None:
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", "As it stands")

    def run(self, *command: str, status: int = 0) -> str:
        """Run a command in the clone; what it printed."""
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        environment = os.environ | {"PATH": path, "DVC_NO_ANALYTICS": "1"}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def metrics(self, stage: str) -> dict:
        return json.loads((self.folder / "metrics" / f"{stage}.json").read_text())

    def lock(self) -> str:
        return (self.folder / "dvc.lock").read_text()


def stages_run(output: str) -> list[str]:
    return re.findall(r"Running stage '(\w+)'", output)


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Clone:
    clone = Clone(tmp_path_factory.mktemp("clone"))
    output = clone.run("dvc", "repro")
    assert stages_run(output) == STAGES
    assert re.search(r"published +finetuned", output)
    clone.commit()
    return clone


def test_every_output_is_there(clone):
    for stage in load_yaml(REPOSITORY / "dvc.yaml")["stages"].values():
        for kind in ("outs", "metrics"):
            for entry in stage.get(kind, []):
                assert all((clone.folder / path).exists() for path in entry)
    assert set(clone.metrics("evaluate")) == {"published", "finetuned", "difference"}
    assert clone.run("git", "status", "--porcelain") == ""


def test_a_second_run_changes_no_hash(clone):
    assert stages_run(clone.run("dvc", "repro")) == []
    before = clone.lock()
    assert stages_run(clone.run("dvc", "repro", "--force")) == STAGES
    assert clone.lock() == before


def test_the_bytes_do_not_depend_on_the_number_of_workers(clone, monkeypatch):
    before = clone.lock()
    monkeypatch.setenv("VAD_WORKERS", "1")
    clone.run("dvc", "repro", "--force", "finetune")
    assert clone.lock() == before


def test_another_opset_runs_the_export_and_what_follows(clone):
    output = clone.run("dvc", "exp", "run", "-S", "opset=17")
    assert stages_run(output) == ["export_onnx", "evaluate"]
    model = onnx.load(clone.folder / "models" / "silero_vad.onnx")
    assert [entry.version for entry in model.opset_import] == [17]
    assert re.search(r"opset +16 +17", clone.run("dvc", "params", "diff"))
    assert re.search(r"export_onnx.json +opset +16 +17", clone.run("dvc", "metrics", "diff"))
    clone.run("git", "checkout", "--quiet", ".")
    clone.run("dvc", "checkout")


def test_the_other_rate_runs_everything_and_tunes_its_branch(clone):
    output = clone.run("dvc", "exp", "run", "-S", "sample_rate=8000")
    assert stages_run(output) == STAGES
    session = onnxruntime.InferenceSession(clone.folder / "models" / "silero_vad_sequence.onnx")
    assert session.get_inputs()[0].shape[1] == 288
    assert clone.metrics("finetune")["val_roc_auc"] > 0.5
    clone.run("git", "checkout", "--quiet", ".")
    clone.run("dvc", "checkout")


def drawn(page: Path) -> list[dict]:
    """The Vega-Lite specifications in a page of DVC."""
    text, start = page.read_text(encoding="utf-8"), "var spec = "
    places = [match.end() for match in re.finditer(start, text)]
    return [json.JSONDecoder().raw_decode(text[place:])[0] for place in places]


@pytest.mark.parametrize("command", ["show", "diff HEAD workspace"])
def test_plots_are_drawn(clone, command):
    """Each picture once, both models in it, no anchor of a template left."""
    assert "index.html" in clone.run("dvc", "plots", *command.split())
    pictures = drawn(clone.folder / "dvc_plots" / "index.html")
    expected = load_yaml(REPOSITORY / "dvc.yaml")["plots"]
    titles = [spec["title"] for plot in expected for spec in plot.values()]
    assert [picture["title"]["text"] for picture in pictures[: len(titles)]] == titles
    assert len(pictures) == len(titles)
    for picture in pictures[2:]:
        assert "<DVC_METRIC" not in json.dumps(picture)
        rows = picture["data"]["values"]
        assert {row["model"] for row in rows} == {"published", "finetuned"}
        encoding = picture["encoding"] if "encoding" in picture else picture["layer"][1]["encoding"]
        assert all({encoding["x"]["field"], encoding["y"]["field"]} <= set(row) for row in rows)


def test_a_fault_is_one_message_and_leaves_the_outputs(clone):
    before = sorted((clone.folder / "data" / "prepared").rglob("*"))
    clone.replace("params.yaml", r"^  snr_min_db: .*", "  snr_min_db: loud")
    output = clone.run("dvc", "repro", status=255)
    assert "'prepare.snr_min_db' is 'loud', expected a valid number" in output
    assert "Traceback" not in output
    assert sorted((clone.folder / "data" / "prepared").rglob("*")) == before
    clone.run("git", "checkout", "--quiet", ".")


def test_an_empty_split_is_named(clone):
    clone.replace("data/raw/demo/corpus.yaml", r"^  val: .*\n", "")
    output = clone.run("dvc", "repro", status=255)
    assert "split 'val' has no speech recordings" in output
    assert "Traceback" not in output
    clone.run("git", "checkout", "--quiet", ".")
    assert stages_run(clone.run("dvc", "repro")) == []


def test_weights_of_another_architecture_are_named(clone):
    (clone.folder / "other.safetensors").write_bytes(b"nothing of the kind")
    command = ("python", "-m", "stages.export_onnx", "other.safetensors", "a.onnx", "b.onnx")
    output = clone.run(*command, status=1)
    expected = "export_onnx: other.safetensors: not a readable safetensors file"
    assert output.startswith(expected)
    assert not (clone.folder / "a.onnx").exists()
