"""dvc.yaml against the code: every package that a stage enters, every parameter that it reads."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from vad.params import Params
from vad.schema import load_yaml

REPOSITORY = Path(__file__).parents[1]
PIPELINE = load_yaml(REPOSITORY / "dvc.yaml")
STAGES = PIPELINE["stages"]
TOP_LEVEL_PARAMS = {"opset", "sample_rate", "seed"}
# Recordings can be heard in them, so they go where data goes.
CACHED = {"metrics/errors", "metrics/report.html"}
# They can stop a stage with a message but cannot change what it writes.
GUARDS = {"vad/command.py", "vad/errors.py", "vad/params.py", "vad/schema.py"}
COMPUTING = {"numpy", "onnx", "onnxruntime", "pandas", "scipy", "sklearn", "torch"}


def imported_names(path: Path) -> set[str]:
    """Dotted names of every module that `path` may import."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names - {None}


def imported_modules(path: Path) -> set[Path]:
    """Files of this repository that `path` imports."""
    candidates = [REPOSITORY / name.replace(".", "/") for name in imported_names(path)]
    files = {path.with_suffix(".py") for path in candidates}
    return {file for file in files | {path / "__init__.py" for path in candidates} if file.exists()}


def transitive_modules(*paths: Path) -> set[Path]:
    seen, waiting = set(), set(paths)
    while waiting:
        module = waiting.pop()
        seen.add(module)
        waiting |= imported_modules(module) - seen
    return seen


def dependency(module: Path) -> str:
    """The package of vad/ that `module` is in, or the module itself where it is in none."""
    path = module.relative_to(REPOSITORY)
    return "/".join(path.parts[:2]) if path.parts[0] == "vad" else path.as_posix()


def readers() -> set[Path]:
    """Readers of corpora, which are found by name: no import shows them."""
    return set((REPOSITORY / "vad" / "corpora").rglob("*.py"))


@pytest.mark.parametrize("stage", STAGES)
def test_deps_are_the_packages_that_the_stage_enters(stage):
    found_by_name = readers() if stage == "prepare" else set()
    modules = transitive_modules(REPOSITORY / "stages" / f"{stage}.py", *found_by_name)
    entered = {dependency(module) for module in modules if module.stat().st_size}
    declared = {dep for dep in STAGES[stage]["deps"] if dep.startswith(("stages/", "vad/"))}
    assert declared == entered - GUARDS


@pytest.mark.parametrize("guard", sorted(GUARDS))
def test_a_guard_imports_nothing_that_computes(guard):
    modules = transitive_modules(REPOSITORY / guard)
    assert {dependency(module) for module in modules if module.stat().st_size} <= GUARDS
    names = set().union(*map(imported_names, modules))
    assert not {name.partition(".")[0] for name in names} & COMPUTING


def test_no_package_imports_one_above_it():
    modules = [*REPOSITORY.glob("vad/**/*.py"), *REPOSITORY.glob("stages/*.py")]
    arrows = {dependency(module): set() for module in modules}
    for module in modules:
        arrows[dependency(module)] |= {dependency(other) for other in imported_modules(module)}
    sorter = TopologicalSorter({name: arrows[name] - {name} for name in arrows})
    # CycleError names the packages that import each other.
    assert list(sorter.static_order())
    stages = {name for name in arrows if name.startswith("stages/")}
    assert not any(stages & arrows[name] for name in arrows if name.startswith("vad/"))


@pytest.mark.parametrize("stage", STAGES)
def test_params_are_exactly_those_that_the_stage_reads(stage):
    source = (REPOSITORY / "stages" / f"{stage}.py").read_text(encoding="utf-8")
    read = set(re.findall(r"\bparams\.(\w+)", source)) & set(Params.model_fields)
    assert set(STAGES[stage]["params"]) == read
    assert read <= TOP_LEVEL_PARAMS | {stage}


@pytest.mark.parametrize("stage", STAGES)
def test_desc_is_the_docstring_and_the_row_in_the_readme(stage):
    module = ast.parse((REPOSITORY / "stages" / f"{stage}.py").read_text(encoding="utf-8"))
    desc = STAGES[stage]["desc"]
    assert ast.get_docstring(module) == desc
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| `{stage}` \| {re.escape(desc)} \|", readme, re.MULTILINE)


@pytest.mark.parametrize("stage", STAGES)
def test_keys_stand_in_one_order(stage):
    order = ["desc", "cmd", "deps", "params", "outs", "metrics"]
    assert list(STAGES[stage]) == [key for key in order if key in STAGES[stage]]


@pytest.mark.parametrize("stage", STAGES)
def test_paths_in_the_command_are_those_declared(stage):
    """Data paths alone: what a stage is given is what DVC knows of."""
    command = STAGES[stage]["cmd"].split()
    assert command[:3] == ["python", "-m", f"stages.{stage}"]
    declared = {dep for dep in STAGES[stage]["deps"] if dep.startswith(("data/", "models/"))}
    for kind in ("outs", "metrics"):
        declared |= {path for entry in STAGES[stage].get(kind, []) for path in entry}
    for path in declared:
        assert any(path == word or path.startswith(f"{word}/") for word in command[3:]), path
    for word in command[3:]:
        assert any(path == word or path.startswith(f"{word}/") for path in declared), word


def test_metrics_stay_in_git():
    for stage in STAGES.values():
        for entry in [*stage.get("outs", []), *stage["metrics"]]:
            for path, options in entry.items():
                if path.startswith("metrics/") and path not in CACHED:
                    assert options.get("cache") is False, path


def test_every_plot_shows_a_file_that_a_stage_writes():
    outs = {path for stage in STAGES.values() for entry in stage.get("outs", []) for path in entry}
    shown = {path for plot in PIPELINE["plots"] for spec in plot.values() for path in spec["y"]}
    assert shown == {path for path in outs if path.startswith("metrics/plots/")}


def test_every_plot_has_a_title_labels_and_its_template():
    built_in = {"linear", "simple"}
    own = {path.stem for path in (REPOSITORY / ".dvc" / "plots").glob("*.json")}
    used = set()
    for plot in PIPELINE["plots"]:
        for spec in plot.values():
            assert {"title", "x", "x_label", "y_label"} <= set(spec)
            used.add(spec.get("template", "linear"))
    assert own <= used <= own | built_in


def test_sections_of_params_are_the_stages():
    assert set(Params.model_fields) == TOP_LEVEL_PARAMS | set(STAGES)
