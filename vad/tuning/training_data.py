"""What a network learns from and is chosen by: the domain, rehearsal data, and noise."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit

from vad.params import Finetune
from vad.prepared import Prepared
from vad.silero.network import FROZEN_LAYERS, SileroVad
from vad.tuning.batches import Rehearsal
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
        """What is learned beside the domain, of each kind that there is."""
        sets = (
            ("rehearsal", self.rehearsal_train, params.rehearsal_weight),
            ("noise", self.noise_train, params.noise_weight),
        )
        return [Rehearsal(name, features, weight) for name, features, weight in sets if features]

    @property
    def validation(self) -> dict[str, Features]:
        """What chooses the epoch and the calibration, of each kind that there is."""
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
        clips = list(data.clips(role, split))
        path = folder / f"{name}.npy"
        return encode_clips(published, layer_count, clips, path, group) if clips else None

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
    """`features` whose targets are half way between the labels and what `network` says.

    What is learned from them is both to stay as the published model is and to be right. Source:
    G. Hinton et al., Distilling the knowledge in a neural network, 2015.
    """
    said = expit(logits_of(network, features, group))
    return features.with_targets(((features.targets + said) / 2).astype(np.float32))
