"""Whether dvc.lock and the committed metrics are those of the parameters, code and data here.

    python -m review.lock

prints a line for each difference, and the command. Nothing runs, and neither data nor a cache is
needed: what a clone does not have is not compared.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

from dvc.dependency import ParamsDependency
from dvc.exceptions import DvcException
from dvc.repo import Repo

from review.changes import parameters, text
from vad.errors import VadError, titled

COMMAND = "dvc repro && git add dvc.lock metrics models"


def differences(folder: Path | None = None) -> list[str]:
    """A line for each difference in the working tree, or in the one in `folder`, with its stages.

    VadError where DVC cannot read the pipeline or its lock file.
    """
    try:
        with chdir(folder or "."), Repo() as repo:
            stages = [stage for stage in repo.index.stages if hasattr(stage, "cmd_changed")]
            written = {out.def_path: out for stage in stages for out in stage.outs}
            absent = [out.fs_path for out in repo.index.outs if is_absent_data(out)]
            stages_of: dict[str, list[str]] = defaultdict(list)
            for stage in stages:
                for line in differences_of(stage, written, absent):
                    stages_of[line].append(stage.addressing)
            return [f"{', '.join(names)}: {line}" for line, names in stages_of.items()]
    except (DvcException, OSError, RecursionError) as error:
        raise VadError(f"{folder or 'working tree'}: {error}") from error


def is_absent_data(out: Any) -> bool:  # noqa: ANN401 (dvc.output.Output)
    """Whether data that a .dvc file tracks is not in the clone."""
    return bool(out.stage.is_data_source) and not out.exists


def differences_of(stage: Any, written: dict[str, Any], absent: list[str]) -> Iterator[str]:  # noqa: ANN401 (dvc.stage.PipelineStage)
    """How a stage differs from its entry in dvc.lock: command, parameters, inputs, metrics.

    `written` has the outputs of all stages by path, `absent` the paths of data not in the clone.
    """
    if not any(dep.hash_info for dep in stage.deps):
        yield "never ran, dvc.lock has no entry of it"
        return
    if stage.cmd_changed:
        yield "the command in dvc.yaml changed"
    yield from parameter_differences(stage)
    inputs = [dep for dep in stage.deps if not isinstance(dep, ParamsDependency)]
    for dep in inputs:
        source = written.get(dep.def_path)
        if source and dep.hash_info != source.hash_info:
            yield f"{dep.def_path} in dvc.lock is not what {source.stage.addressing} wrote"
    own = [dep for dep in inputs if dep.def_path not in written]
    here = [dep for dep in own if not any(Path(p).is_relative_to(dep.fs_path) for p in absent)]
    if changed := [path for dep in here for path in dep.status()]:
        yield f"changed since the run: {', '.join(changed)}"
    for out in stage.outs:
        if not out.use_cache and out.status():
            state = "is not the file that the run wrote" if out.exists else "is missing"
            yield f"{out.def_path} {state}"


def parameter_differences(stage: Any) -> Iterator[str]:  # noqa: ANN401 (dvc.stage.PipelineStage)
    """The parameters that a stage ran with beside those of now."""
    for dep in stage.params:
        now, then = parameters(dep.read_params()), parameters(dep.hash_info.value or {})
        for key in {**now, **then}:
            if now.get(key) != then.get(key):
                values = f"{text(now.get(key))}, {text(then.get(key))} in dvc.lock"
                yield f"parameter {'.'.join(key)} is {values}"


def main() -> None:
    """Print the differences; status 1 where there are some."""
    try:
        lines = differences()
    except VadError as error:
        lines = list(error.args)
    if lines:
        print(titled("locked", lines), file=sys.stderr)
        sys.exit(f"locked: dvc.lock is not current: {COMMAND}")
    print("dvc.lock and the committed metrics are those of the parameters, code and data here.")


if __name__ == "__main__":
    main()
