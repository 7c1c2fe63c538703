"""The data of training and of validation: the domain, rehearsal data, and noise."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit

from vad.params import Finetune
from vad.prepared import Prepared
from vad.silero.network import FROZEN_LAYERS, SileroVad
from vad.tuning.batches import NOISE, Rehearsal
from vad.tuning.features import Features, encode_clips
from vad.tuning.process_group import ProcessGroup
from vad.tuning.validation import logits_of


@dataclass(frozen=True)
class TrainingData:
    """Features of recordings of the domain and of rehearsal data.

    `train` and `val` are speech of the domain, the others rehearsal data and crowds, and noise
    alone; None where there is none.
    """

    train: Features
    val: Features
    rehearsal_train: Features | None
    rehearsal_val: Features | None
    noise_train: Features | None
    noise_val: Features | None

    def rehearsals(self, params: Finetune) -> list[Rehearsal]:
        """The sets that each step has beside the domain."""
        sets = (
            ("rehearsal", self.rehearsal_train, params.rehearsal_weight),
            (NOISE, self.noise_train, params.noise_weight),
        )
        return [Rehearsal(name, features, weight) for name, features, weight in sets if features]

    @property
    def validation(self) -> dict[str, Features]:
        """The validation sets, which decide on epoch and calibration."""
        sets = {"val": self.val, "rehearsal": self.rehearsal_val, "noise": self.noise_val}
        return {kind: features for kind, features in sets.items() if features}


def encode_training_data(
    published: SileroVad,
    data: Prepared,
    params: Finetune,
    folder: Path,
    group: ProcessGroup,
) -> TrainingData:
    """All features, in files in `folder`."""
    layer_count = FROZEN_LAYERS[params.trainable]

    def encode(name: str, split: str, role: str) -> Features | None:
        clips = data.clips(role, split)
        path = folder / f"{name}.npy"
        if not clips:
            return None
        release = data.release
        return encode_clips(published, layer_count, clips, data.geometry, path, group, release)

    train, val = encode("train", "train", "speech"), encode("val", "val", "speech")
    if train is None or val is None:
        raise AssertionError("stage prepare lets no empty split pass")

    def encode_soft(name: str, split: str, role: str) -> Features | None:
        features = encode(name, split, role)
        return features and with_distilled_targets(published, features, group)

    # Noise is beside the domain in every step: as a part of it, hours of calls would drown it.
    return TrainingData(
        train,
        val,
        encode_soft("rehearsal_train", "train", "rehearsal"),
        encode_soft("rehearsal_val", "val", "rehearsal"),
        encode_soft("noise_train", "train", "noise"),
        encode("noise_val", "val", "noise"),
    )


def with_distilled_targets(network: SileroVad, features: Features, group: ProcessGroup) -> Features:
    """`features` whose targets are half way between the labels and the probabilities of `network`.

    They ask the tuned network to stay near the published one and to follow the labels. Source:
    G. Hinton et al., Distilling the knowledge in a neural network, 2015.
    """
    probabilities = expit(logits_of(network, features, group))
    mixed = (features.targets + probabilities) / 2
    return features.with_targets(mixed.astype(np.float32))
