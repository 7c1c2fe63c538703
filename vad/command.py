"""A stage as a command: paths from the command line, numbers from params.yaml."""

import argparse
import inspect
import os
import sys
from collections.abc import Callable
from itertools import dropwhile
from pathlib import Path
from typing import get_args

from vad.errors import VadError, titled
from vad.interruption import end_stage_with_parent, stoppable
from vad.params import load_params
from vad.schema import load_yaml

# DVC removes the outputs of a stage before it runs it.
FORMER_OUTPUTS = (
    "outputs that were committed come back with: git checkout metrics models && dvc checkout"
)
PIPELINE = Path("dvc.yaml")


def run_stage(main: Callable[..., None]) -> None:
    """Call `main` with its paths from the command line and the checked parameters.

    Each argument of `main` but `params` is a path, in order, annotated with its help text; one with
    a default may be left out. A fault that the user can mend (VadError, a full disk, a folder that
    may not be written) ends the process with one message and status 1, Ctrl-C with one line and
    status 130. A stage of `dvc repro` ends with it.
    """
    name = Path(inspect.getfile(main)).stem
    paths = _parser(main, name).parse_args()
    if "DVC_STAGE" in os.environ:
        end_stage_with_parent()
    if "DVC_EXP_NAME" in os.environ:
        remove_former_metrics(name)
    try:
        with stoppable():
            main(**vars(paths), params=load_params())
    except (VadError, OSError) as error:
        lines = error.args if isinstance(error, VadError) else (str(error),)
        former = (FORMER_OUTPUTS,) if "DVC_STAGE" in os.environ else ()
        sys.exit(titled(name, (*lines, *former)))


def remove_former_metrics(stage: str) -> None:
    """Remove the metrics of the stages that follow `stage` in dvc.yaml, as it starts.

    They are those of the experiment's base, and `dvc exp show` would show them as its own while it
    runs.
    """
    stages = load_yaml(PIPELINE)["stages"]
    for later in [*dropwhile(lambda name: name != stage, stages)][1:]:
        for metric in stages[later].get("metrics", []):
            # A path, or a path with its options.
            for path in [metric] if isinstance(metric, str) else metric:
                Path(path).unlink(missing_ok=True)


def _parser(main: Callable[..., None], name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m stages.{name}", description=sys.modules[main.__module__].__doc__
    )
    for argument in inspect.signature(main).parameters.values():
        if argument.name != "params":
            _, text = get_args(argument.annotation)
            optional = argument.default is not argument.empty
            parser.add_argument(
                argument.name, type=Path, nargs="?" if optional else None, help=text
            )
    return parser
