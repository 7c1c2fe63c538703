"""What a network learns from and is chosen by: the domain, general speech, and noise."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit

from vad.params import Finetune
from vad.prepared import Prepared
from vad.silero.network import FROZEN_LAYERS, SileroVad
from vad.tuning.batches import Rehearsal
from vad.tuning.features import Features, encode_clips
from vad.tuning.process_group import Team
from vad.tuning.validation import logits_of


@dataclass(frozen=True)
class Material:
    """Features of recordings of the domain and of what is general.

    `train` and `val` are speech of the domain, the others general speech and crowds, and noise
    alone; None where there is none.
    """

    train: Features
    val: Features
    general_train: Features | None
    general_val: Features | None
    noise_train: Features | None
    noise_val: Features | None

    def rehearsals(self, params: Finetune) -> list[Rehearsal]:
        """What is learned beside the domain, of each kind that there is."""
        sets = (
            ("general", self.general_train, params.general_weight),
            ("noise", self.noise_train, params.noise_weight),
        )
        return [Rehearsal(name, features, weight) for name, features, weight in sets if features]

    @property
    def validation(self) -> dict[str, Features]:
        """What chooses the epoch and the calibration, of each kind that there is."""
        sets = {"val": self.val, "general": self.general_val, "noise": self.noise_val}
        return {kind: features for kind, features in sets.items() if features}


def encode_material(
    published: SileroVad,
    data: Prepared,
    params: Finetune,
    folder: Path,
    team: Team,
) -> Material:
    """All features, in files in `folder`."""
    layer_count = FROZEN_LAYERS[params.trainable]

    def encode(name: str, split: str, role: str) -> Features | None:
        clips = list(data.clips(role, split))
        path = folder / f"{name}.npy"
        return encode_clips(published, layer_count, clips, path, team) if clips else None

    train, val = encode("train", "train", "speech"), encode("val", "val", "speech")
    if train is None or val is None:
        raise AssertionError("stage prepare lets no empty split pass")

    def encode_soft(name: str, split: str, role: str) -> Features | None:
        features = encode(name, split, role)
        return features and softened(published, features, team)

    # Noise is beside the domain in every step: as a part of it, hours of calls would drown it.
    return Material(
        train,
        val,
        encode_soft("general_train", "train", "general"),
        encode_soft("general_val", "val", "general"),
        encode_soft("noise_train", "train", "noise"),
        encode("noise_val", "val", "noise"),
    )


def softened(network: SileroVad, features: Features, team: Team) -> Features:
    """`features` whose targets are half way between the labels and what `network` says.

    What is learned from them is both to stay as the published model is and to be right. Source:
    G. Hinton et al., Distilling the knowledge in a neural network, 2015.
    """
    said = expit(logits_of(network, features, team))
    return features.with_targets(((features.targets + said) / 2).astype(np.float32))
