"""The typed schema of params.yaml.

All sections stand here, and every stage checks the whole file before it starts: a wrong opset
must not wait until the training is over.
"""

from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    Strict,
    model_validator,
)

from vad.schema import Schema, load_yaml, validate

PARAMS_PATH = Path("params.yaml")
AUTO: Final = "auto"


def _words(value: Any) -> Any:  # noqa: ANN401 (whatever YAML holds)
    """A space-separated scalar as a list, so that `dvc exp run -S` can set it."""
    return str(value).split() if isinstance(value, str | int | float) else value


def _different(values: tuple[float, ...]) -> tuple[float, ...]:
    if len(set(values)) < len(values):
        raise ValueError("expected different numbers")
    return values


def _number(value: Any) -> Any:  # noqa: ANN401 (whatever YAML holds)
    if isinstance(value, bool):
        raise ValueError("expected a number")
    return value


def _automatic(least: int, most: int) -> PlainValidator:
    """A whole number from `least` to `most`, or AUTO where the stage chooses it by its data."""

    def check(value: Any) -> int | Literal["auto"]:  # noqa: ANN401 (whatever YAML holds)
        if value == AUTO:
            return AUTO
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        raise ValueError(f"expected {AUTO} or a whole number from {least} to {most}")

    return PlainValidator(check)


Integer = Annotated[int, Strict()]
# Strings such as 5e-4 are read as the numbers that they are: YAML 1.1 writers quote them so.
Number = Annotated[float, BeforeValidator(_number)]
Share = Annotated[Number, Field(ge=0, le=1)]
Probability = Annotated[Number, Field(gt=0, lt=1)]
Decibels = Annotated[Number, Field(ge=-60, le=60)]
Automatic = int | Literal["auto"]
Words = Annotated[tuple[str, ...], BeforeValidator(_words), Field(min_length=1)]
Milliseconds = Annotated[Number, Field(ge=0, le=10000)]
# How people in the background count: as speech, as noise, or not at all.
BackgroundSpeech = Literal["speech", "noise", "ignore"]
DecibelList = Annotated[tuple[Decibels, ...], BeforeValidator(_words), AfterValidator(_different)]


class Prepare(Schema):
    corpora: Words
    rehearsal_minutes: Annotated[Integer, Field(ge=0, le=10000)]
    background_speech: BackgroundSpeech
    on_bad_recording: Literal["fail", "skip"]
    merge_gap_ms: Milliseconds
    min_speech_ms: Milliseconds
    augmented_copies: Annotated[Automatic, _automatic(0, 20)]
    augmented_hours: Annotated[Number, Field(gt=0)]
    noise_only_copies: Annotated[Integer, Field(ge=0, le=20)]
    noise_level_min_db: Decibels
    noise_level_max_db: Decibels
    noise_share: Share
    snr_min_db: Decibels
    snr_max_db: Decibels
    gain_min_db: Decibels
    gain_max_db: Decibels
    reverberant_share: Share
    babble_share: Share
    babble_voices: Annotated[Integer, Field(ge=1, le=20)]
    babble_min_db: Decibels
    babble_max_db: Decibels
    clipped_share: Share
    clipping_min_db: Decibels
    clipping_max_db: Decibels
    dc_offset_share: Share
    dc_offset_max: Share
    telephone_share: Share
    packet_loss_share: Share
    packet_loss_max: Share
    test_snrs_db: DecibelList
    test_babble_db: Decibels

    @property
    def corpus_names(self) -> tuple[str, ...] | None:
        """The corpora asked for, None for all of them."""
        return None if self.corpora == ("all",) else self.corpora

    @model_validator(mode="after")
    def _ordered(self) -> "Prepare":
        for key in ("noise_level", "snr", "gain", "babble", "clipping"):
            low, high = getattr(self, f"{key}_min_db"), getattr(self, f"{key}_max_db")
            if low > high:
                raise ValueError(f"{key}_min_db is {low}, expected at most {key}_max_db ({high})")
        return self


class Finetune(Schema):
    trainable: Literal["decoder", "encoder_top", "all"]
    both_rates: Annotated[bool, Strict()]
    epochs: Annotated[Automatic, _automatic(1, 1000)]
    learning_rate: Annotated[Number, Field(gt=0, le=1)]
    averaging: Annotated[Number, Field(ge=0, lt=1)]
    best_by: Literal["loss", "roc_auc", "hit_rate"]
    rehearsal_weight: Annotated[Number, Field(ge=0, le=100)]
    noise_weight: Annotated[Number, Field(ge=0, le=100)]
    published_share: Share
    calibrate: Annotated[bool, Strict()]
    batch_size: Annotated[Integer, Field(ge=1)]
    sequence_s: Annotated[Number, Field(ge=0.1, le=600)]
    nonspeech_weight: Annotated[Number, Field(gt=0, le=100)]


class ExportOnnx(Schema):
    rates: Literal["both", "tuned"]
    weights: Literal["float32", "float16", "int8"]
    shapes: Literal["dynamic", "fixed"]

    @model_validator(mode="after")
    def _one_rate_where_fixed(self) -> "ExportOnnx":
        if self.shapes == "fixed" and self.rates == "both":
            raise ValueError("shapes is fixed, expected rates: tuned (each rate has its own size)")
        return self


class Options(Schema):
    """Arguments of get_speech_timestamps."""

    threshold: Probability
    neg_threshold: Probability
    min_speech_duration_ms: Milliseconds
    min_silence_duration_ms: Milliseconds
    speech_pad_ms: Milliseconds

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.neg_threshold > self.threshold:
            raise ValueError(
                f"neg_threshold is {self.neg_threshold}, "
                f"expected at most threshold ({self.threshold})"
            )
        return self


class Evaluate(Options):
    criterion: Literal["f1", "detection_cost", "false_alarm_rate"]
    criterion_miss_weight: Share
    criterion_false_alarm_rate: Share
    bootstrap_draws: Annotated[Integer, Field(ge=100, le=100000)]
    curve_points: Annotated[Integer, Field(ge=10, le=10000)]


class Params(Schema):
    """All of params.yaml; a stage takes the top-level keys and its own section."""

    opset: Literal[15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28]
    sample_rate: Literal[8000, 16000]
    seed: Annotated[Integer, Field(ge=0)]
    prepare: Prepare
    finetune: Finetune
    export_onnx: ExportOnnx
    evaluate: Evaluate


def load_params(path: Path = PARAMS_PATH) -> Params:
    """The checked parameters; VadError has one line per fault: key, value and what is allowed."""
    return validate(Params, load_yaml(path), path)
