"""dvc.yaml against the code: every package that a stage enters, every parameter that it reads."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from vad.params import Params
from vad.report.pictures import PICTURES
from vad.schema import load_yaml

REPOSITORY = Path(__file__).parents[1]
PIPELINE = load_yaml(REPOSITORY / "dvc.yaml")
STAGES = PIPELINE["stages"]
TOP_LEVEL_PARAMS = {"opset", "sample_rate", "seed"}
# They can stop a stage, show its progress or spread its work, but cannot change what it writes.
GUARDS = {
    "vad/command.py",
    "vad/errors.py",
    "vad/interruption.py",
    "vad/params.py",
    "vad/progress.py",
    "vad/schema.py",
    "vad/workers.py",
}
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


def reader_modules() -> set[Path]:
    """Readers of corpora, which are found by name: no import shows them."""
    return set((REPOSITORY / "vad" / "corpora").rglob("*.py"))


@pytest.mark.parametrize("stage", STAGES)
def test_deps_are_the_packages_that_the_stage_enters(stage):
    found_by_name = reader_modules() if stage == "prepare" else set()
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
    assert read <= TOP_LEVEL_PARAMS | {stage}
    # The report names every parameter that was changed.
    all_of_them = "changed_parameters(params)" in source
    assert set(STAGES[stage]["params"]) == (set(Params.model_fields) if all_of_them else read)


@pytest.mark.parametrize("stage", STAGES)
def test_desc_is_the_docstring_and_the_row_in_the_readme(stage):
    module = ast.parse((REPOSITORY / "stages" / f"{stage}.py").read_text(encoding="utf-8"))
    desc = STAGES[stage]["desc"]
    assert ast.get_docstring(module) == desc
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| `{stage}` \| {re.escape(desc)} \|", readme, re.MULTILINE)


@pytest.mark.parametrize("stage", STAGES)
def test_keys_stand_in_one_order(stage):
    order = ["desc", "cmd", "deps", "params", "outs", "metrics", "plots"]
    assert list(STAGES[stage]) == [key for key in order if key in STAGES[stage]]


def outputs(stage: str, kinds=("outs", "metrics", "plots")) -> dict[str, dict]:
    """The options of each output by its path."""
    entries = [entry for kind in kinds for entry in STAGES[stage].get(kind, [])]
    return {
        path: options
        for entry in entries
        for path, options in ({entry: {}} if isinstance(entry, str) else entry).items()
    }


@pytest.mark.parametrize("stage", STAGES)
def test_paths_in_the_command_are_those_declared(stage):
    """Data paths alone, as files or as the folders that hold them."""
    command = STAGES[stage]["cmd"].split()
    assert command[:3] == ["python", "-m", f"stages.{stage}"]
    declared = {dep for dep in STAGES[stage]["deps"] if dep.startswith(("data/", "models/"))}
    declared |= set(outputs(stage))
    for path in declared:
        assert any(path == word or path.startswith(f"{word}/") for word in command[3:]), path
    for word in command[3:]:
        assert any(path == word or path.startswith(f"{word}/") for path in declared), word


@pytest.mark.parametrize("stage", STAGES)
def test_metrics_and_plots_stay_in_git_and_all_else_is_cached(stage):
    """DVC's run cache brings a stage back only so: no other output may be left out of the cache."""
    for path, options in outputs(stage, ("metrics", "plots")).items():
        assert options["cache"] is False, path
    assert not any("cache" in options for options in outputs(stage, ("outs",)).values())
    assert not any("persist" in options for options in outputs(stage).values())


PLOTS = {path: options for stage in STAGES for path, options in outputs(stage, ("plots",)).items()}


def test_every_plot_has_a_title_and_its_template():
    """A plot of a stage is drawn by itself: under `plots` of the file it would be drawn again."""
    assert "plots" not in PIPELINE
    own = {path.stem for path in (REPOSITORY / ".dvc" / "plots").glob("*.json")}
    assert {options["template"] for options in PLOTS.values()} == own
    assert len({options["title"] for options in PLOTS.values()}) == len(PLOTS)


def test_the_report_draws_the_curves_under_the_titles_and_labels_of_dvc_yaml():
    for name, picture in PICTURES.items():
        plot = PLOTS[f"metrics/plots/{name}.csv"]
        assert (plot["title"], plot["x_label"], plot["y_label"]) == (
            picture.title,
            picture.x_label,
            picture.y_label,
        )


def test_sections_of_params_are_the_stages():
    assert set(Params.model_fields) == TOP_LEVEL_PARAMS | set(STAGES)
