"""What the published and the fine-tuned model say of prepared clips."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from onnxruntime import InferenceSession
from tqdm import tqdm

from vad.export.runtime import sequence_probabilities
from vad.prepared import CLEAN, Clip, Prepared

MODELS = ("published", "finetuned")


@dataclass(frozen=True)
class ScoredClip:
    """A clip with its window labels and the speech probabilities of each model.

    `speech` and `annotated` are bool [windows], `probabilities` float32 [windows] by model.
    """

    clip: Clip
    speech: np.ndarray
    annotated: np.ndarray
    probabilities: Mapping[str, np.ndarray]


def score(
    data: Prepared,
    split: str,
    sessions: Mapping[str, InferenceSession],
    *,
    as_recorded: bool = False,
) -> list[ScoredClip]:
    """Every speech clip of `split`, in each condition or as recorded, then every noise clip.

    Each clip starts from a silent state, as a client starts a recording.
    """
    clips = [*data.clips("speech", split), *data.clips("noise", split)]
    if as_recorded:
        clips = [clip for clip in clips if clip.condition == CLEAN]
    return [
        ScoredClip(
            clip,
            clip.speech_windows(data.geometry),
            clip.annotated_windows(data.geometry),
            {
                model: sequence_probabilities(session, clip.samples, data.geometry)
                for model, session in sessions.items()
            },
        )
        for clip in tqdm(clips, f"score {split}", unit="clip", disable=None)
    ]
