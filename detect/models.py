"""Which model runs on a file, at which rate, and how its probabilities become segments."""

from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import onnxruntime

from detect.published import published_file
from vad.errors import VadError
from vad.evaluation.segments import VadOptions
from vad.export.runtime import open_session, tuned_rates
from vad.params import Options
from vad.schema import load_yaml, validate
from vad.silero.geometry import GEOMETRIES, Geometry, branch_rate

PUBLISHED = "published"
OWN = Path("models/silero_vad_sequence.onnx")
THRESHOLDS = "thresholds.yaml"
# The defaults of silero_vad.get_speech_timestamps (silero-vad 6.2.3).
USUAL = VadOptions(0.5, 0.35, 250, 100, 30)
# The inputs of both kinds of file.
SEQUENCE, STREAMING = {"input", "h", "c"}, {"input", "state", "sr"}


class Session(NamedTuple):
    """An open file with the rates of its branches (Hz); `is_sequence`: many windows per call."""

    onnx: onnxruntime.InferenceSession
    rates: tuple[int, ...]
    is_sequence: bool


@dataclass(frozen=True)
class Choice:
    """The model of one recording: its file or PUBLISHED, its branch, and its options.

    `note` states what a user should know about that branch.
    """

    model: str
    sample_rate: int
    options: VadOptions
    note: str = ""

    @property
    def geometry(self) -> Geometry:
        return GEOMETRIES[self.sample_rate]

    def session(self) -> Session:
        """The open model, one for each process."""
        if self.model != PUBLISHED:
            return opened(Path(self.model))
        return opened(published_file(self.sample_rate))

    def describe(self) -> str:
        """One line: model, branch, operating point and note."""
        point = ", ".join(f"{key} {value:g}" for key, value in asdict(self.options).items())
        note = f"; {self.note}" if self.note else ""
        return f"{self.model}, {self.sample_rate // 1000} kHz branch, {point}{note}"


def default_model() -> str:
    """The model that stage export_onnx wrote, or the published one before there is any."""
    return str(OWN) if OWN.is_file() else PUBLISHED


def choose(model: str, native_rate: int, overrides: dict[str, float]) -> Choice:
    """The choice for a recording at `native_rate` (Hz); `overrides` are fields of VadOptions.

    Where the file has no branch for it, the published weights stand in.
    """
    wanted = branch_rate(native_rate)
    if model == PUBLISHED:
        return Choice(PUBLISHED, wanted, options_for(OWN, PUBLISHED, overrides))
    rates = opened(Path(model)).rates
    if wanted in rates:
        note = "" if len(rates) == 1 else untuned(Path(model), wanted)
        return Choice(model, wanted, options_for(Path(model), "finetuned", overrides), note)
    note = f"{model} has no branch for {wanted} Hz, so this one is the published one, not tuned"
    return Choice(PUBLISHED, wanted, options_for(Path(model), PUBLISHED, overrides), note)


def untuned(model: Path, sample_rate: int) -> str:
    """The note on a branch that stands beside the tuned one; empty where it is tuned itself."""
    tuned = tuned_rates(opened(model).onnx)
    if not tuned or sample_rate in tuned:
        return ""
    return f"this branch is the published one, not tuned: tuned was that of {tuned[0]} Hz"


def tuned_rate(session: onnxruntime.InferenceSession) -> int | None:
    """The rate (Hz) that stage export_onnx writes into its files; None in those of others."""
    rate = session.get_modelmeta().custom_metadata_map.get("sample_rate", "")
    return int(rate) if rate.isdecimal() else None


def options_for(model: Path, key: str, overrides: dict[str, float]) -> VadOptions:
    """The recommended options of thresholds.yaml beside a model, or the usual ones."""
    values = asdict(USUAL)
    path = model.parent / THRESHOLDS
    if path.is_file():
        values |= _checked(load_yaml(path).get("thresholds"), key, path)
    if "threshold" in overrides and "neg_threshold" not in overrides:
        # As get_speech_timestamps does where one alone is given.
        values["neg_threshold"] = max(overrides["threshold"] - 0.15, 0.01)
    return VadOptions(**validate(Options, values | overrides, Path("options")).model_dump())


def _checked(sections: Any, key: str, path: Path) -> dict[str, float]:  # noqa: ANN401 (whatever YAML holds)
    """The numbers under `thresholds: <key>`; VadError where they are not those of VadOptions."""
    section = sections.get(key) if isinstance(sections, dict) else None
    names = {field.name for field in fields(VadOptions)}
    if not isinstance(section, dict) or section.keys() != names:
        raise VadError(f"{path}: 'thresholds.{key}' expected, with {', '.join(sorted(names))}")
    return validate(Options, section, path).model_dump()


@lru_cache(maxsize=4)
def opened(path: Path) -> Session:
    """The session of a sequence or streaming file; VadError where it is neither."""
    if not path.is_file():
        raise VadError(f"{path}: no such file, expected an ONNX file or '{PUBLISHED}'")
    session = open_session(path)
    inputs = {value.name: value.shape for value in session.get_inputs()}
    by_samples = {geometry.input_samples: rate for rate, geometry in GEOMETRIES.items()}
    [*_, samples] = inputs.get("input") or [None]
    if set(inputs) == SEQUENCE and samples in by_samples:
        return Session(session, (by_samples[samples],), is_sequence=True)
    if set(inputs) == STREAMING:
        return Session(session, streaming_rates(path, session), is_sequence=False)
    raise VadError(
        f"{path}: inputs {', '.join(inputs)}, expected those of a sequence file "
        f"({', '.join(sorted(SEQUENCE))}) or of silero_vad.onnx ({', '.join(sorted(STREAMING))})"
    )


def streaming_rates(path: Path, session: onnxruntime.InferenceSession) -> tuple[int, ...]:
    """The rates of a streaming file: a file of stage export_onnx without If has the tuned one."""
    tuned = tuned_rate(session)
    if tuned is None:
        return tuple(GEOMETRIES)
    # Only such files need it, and its import takes as long as all other ones.
    import onnx

    operators = {node.op_type for node in onnx.load(path).graph.node}
    return tuple(GEOMETRIES) if "If" in operators else (tuned,)
