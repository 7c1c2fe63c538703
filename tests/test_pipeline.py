"""The pipeline as a user runs it: in a clone, through DVC, on a small demo corpus."""

import json
import re
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest

from compare.__main__ import model_engine
from compare.engines import comparison
from tests.clone import MAKE, REPOSITORY, STAGES, Clone, stages_run
from vad.evaluation.parts import recorded_parts, score
from vad.evaluation.scoring import MODELS, Exported
from vad.evaluation.tables import HEADLINES
from vad.params import load_params
from vad.prepared import Prepared
from vad.schema import load_yaml


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Clone:
    clone = Clone.of_working_tree(tmp_path_factory.mktemp("clone"))
    output = clone.run("dvc", "repro")
    assert stages_run(output) == STAGES
    assert re.search(r"published +published\* +tuned", output)
    clone.commit()
    return clone


def test_every_output_is_there(clone):
    for stage in load_yaml(REPOSITORY / "dvc.yaml")["stages"].values():
        for kind in ("outs", "metrics", "plots"):
            for entry in stage.get(kind, []):
                paths = [entry] if isinstance(entry, str) else entry
                assert all((clone.folder / path).exists() for path in paths)
    names = {headline.name for headline in HEADLINES}
    assert set(clone.metrics("evaluate")) == names | {"recordings"}
    assert clone.run("git", "status", "--porcelain") == ""


def test_a_second_run_changes_no_hash(clone):
    assert stages_run(clone.run("dvc", "repro")) == []
    before = clone.lock()
    assert stages_run(clone.run("dvc", "repro", "--force")) == STAGES
    assert clone.lock() == before


@pytest.mark.parametrize(
    ("name", "pattern", "text"),
    [
        ("params.yaml", "^seed: .*", "seed: 7"),
        ("params.yaml", "^opset: .*", "opset: 17"),
        ("metrics/finetune.json", '"best_epoch": ', '"best_epoch": 1'),
    ],
)
def test_make_locked_sees_what_was_not_run_without_any_data(clone, tmp_path, name, pattern, text):
    """As in CI, where there is neither a cache nor a remote."""
    plain = clone.cloned(tmp_path / "plain")
    assert stages_run(plain.run(*MAKE, "locked")) == []
    plain.replace(name, pattern, text)
    assert "dvc.lock is not current" in plain.run(*MAKE, "locked", status=2)


def test_compare_measures_the_models_as_evaluate_does(clone, tmp_path):
    """Tolerance 1e-4: metrics are rounded, and a ranking may be counted in fine bins."""
    data, params = Prepared(clone.folder / "data" / "prepared"), load_params()
    sequence = clone.folder / "models" / "silero_vad_sequence.onnx"
    parts = recorded_parts(data, "test", tmp_path)
    score(parts, Exported(sequence, clone.folder / "models" / "silero_vad.onnx", params.opset))
    clips = [scored for part in parts for scored in part.clips()]
    engines = [model_engine(model, "here", params.evaluate.threshold) for model in MODELS]
    rows = comparison(clips, engines)
    table = pd.read_csv(clone.folder / "metrics" / "evaluation.csv").fillna({"name": ""})
    group = ["section", "name", "metric"]
    evaluated = table.melt(group, [*MODELS], "engine").set_index(["engine", *group])["value"]
    measured = rows.set_index(["engine", *group])["value"]
    shared = evaluated.index.intersection(measured.index)
    assert {key[1] for key in shared} == {"all", "domain", "noise", "condition"}
    np.testing.assert_allclose(measured[shared], evaluated[shared], rtol=0, atol=1e-4)


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
    clone.run("git", "checkout", "--quiet", ".")
    clone.run("dvc", "checkout")


def test_the_other_rate_runs_everything_and_tunes_its_branch(clone):
    output = clone.run("dvc", "exp", "run", "-S", "sample_rate=8000")
    assert stages_run(output) == STAGES
    session = onnxruntime.InferenceSession(clone.folder / "models" / "silero_vad_sequence.onnx")
    assert session.get_inputs()[0].shape[1] == 288
    rows = pd.read_csv(clone.folder / "metrics" / "training.csv").set_index("weights")
    assert rows.loc["calibrated", "val_roc_auc"] > 0.5
    clone.run("git", "checkout", "--quiet", ".")
    clone.run("dvc", "checkout")


def drawn(page: Path) -> list[dict]:
    """The Vega-Lite specifications in a page of DVC."""
    text, start = page.read_text(encoding="utf-8"), "var spec = "
    offsets = [match.end() for match in re.finditer(start, text)]
    return [json.JSONDecoder().raw_decode(text[offset:])[0] for offset in offsets]


@pytest.mark.parametrize("command", ["show", "diff HEAD workspace"])
def test_plots_are_drawn(clone, command):
    """Each picture once, no anchor of a template left, columns that the rows have."""
    assert "index.html" in clone.run("dvc", "plots", *command.split())
    pictures = drawn(clone.folder / "dvc_plots" / "index.html")
    stages = load_yaml(REPOSITORY / "dvc.yaml")["stages"].values()
    entries = [entry for stage in stages for entry in stage.get("plots", [])]
    titles = [options["title"] for entry in entries for options in entry.values()]
    assert sorted(picture["title"]["text"] for picture in pictures) == sorted(titles)
    for picture in pictures:
        assert "<DVC_METRIC" not in json.dumps(picture)
        rows = picture["data"]["values"]
        made = {name for step in transforms(picture) for name in np.atleast_1d(step.get("as", []))}
        for encoding in encodings(picture):
            assert {encoding["x"]["field"], encoding["y"]["field"]} <= {*rows[0], *made}


def views(picture: dict) -> list[dict]:
    """The picture and all views in it."""
    parts = [*picture.get("concat", []), *picture.get("layer", [])]
    return [picture, *(view for part in parts for view in views(part))]


def transforms(picture: dict) -> list[dict]:
    return [step for view in views(picture) for step in view.get("transform", [])]


def encodings(picture: dict) -> list[dict]:
    """The encodings of the picture's own rows: a view with data of its own is a reference line."""
    own = [view for view in views(picture) if view is picture or "data" not in view]
    parts = [view["encoding"] for view in own if "encoding" in view]
    return [encoding for encoding in parts if {"x", "y"} <= set(encoding)]


def test_after_a_fault_the_former_outputs_come_back_as_the_message_says(clone):
    before = (clone.metrics("prepare"), clone.lock())
    clone.replace("data/raw/demo/corpus.yaml", r"^  val: .*\n", "")
    output = clone.run("dvc", "repro", status=255)
    assert "split 'val' has no speech recordings" in output
    assert "Traceback" not in output
    assert not (clone.folder / "metrics" / "prepare.json").exists()
    clone.run("git", "checkout", "--quiet", "data")
    [command] = re.findall("outputs that were committed come back with: (.*)", output)
    clone.run("sh", "-c", command)
    assert (clone.metrics("prepare"), clone.lock()) == before
    assert "Data and pipelines are up to date" in clone.run("dvc", "status")


def test_a_wrong_parameter_is_one_line_for_each_fault(clone):
    clone.replace("params.yaml", r"^  snr_min_db: .*", "  snr_min_db: loud")
    output = clone.run("dvc", "repro", status=255)
    assert "'prepare.snr_min_db' is 'loud', expected a valid number" in output
    assert "Traceback" not in output
    clone.run("git", "checkout", "--quiet", ".")
    clone.run("dvc", "checkout")
    assert stages_run(clone.run("dvc", "repro")) == []


def test_weights_of_another_architecture_are_named(clone):
    (clone.folder / "other.safetensors").write_bytes(b"nothing of the kind")
    command = ("python", "-m", "stages.export_onnx", "other.safetensors", "a.onnx", "b.onnx")
    output = clone.run(*command, status=1)
    expected = "export_onnx: other.safetensors: not a readable safetensors file"
    assert output.startswith(expected)
    assert not (clone.folder / "a.onnx").exists()
