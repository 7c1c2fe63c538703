"""What a network learns from and is chosen by: the user's recordings, and general speech."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit

from vad.features import Features, encode_clips
from vad.network import FROZEN_LAYERS, SileroVad
from vad.params import Finetune
from vad.prepared import Prepared
from vad.team import Team
from vad.validation import logits_of


@dataclass(frozen=True)
class Material:
    """Features of the domain's training and validation recordings, and of general speech.

    What is general is None where none was prepared.
    """

    train: Features
    val: Features
    general_train: Features | None
    general_val: Features | None

    @property
    def validation(self) -> dict[str, Features]:
        """What chooses the epoch and the calibration: `val`, and `general` where there is some."""
        sets = {"val": self.val, "general": self.general_val}
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

    def encode(name: str, roles: tuple[str, ...], split: str) -> Features | None:
        clips = [clip for role in roles for clip in data.clips(role, split)]
        path = folder / f"{name}.npy"
        return encode_clips(published, layer_count, clips, path, team) if clips else None

    def general(split: str) -> Features | None:
        features = encode(f"general_{split}", ("general",), split)
        return features and softened(published, features, team)

    # Noise is learned as non-speech: without it, four minutes of meetings raised false alarms on
    # noise from 0 to 13 %.
    train, val = encode("train", ("speech", "noise"), "train"), encode("val", ("speech",), "val")
    if train is None or val is None:
        raise AssertionError("stage prepare lets no empty split pass")
    return Material(train, val, general("train"), general("val"))


def softened(network: SileroVad, features: Features, team: Team) -> Features:
    """`features` whose targets are half way between the labels and what `network` says.

    What is learned from them is both to stay as the published model is and to be right. Source:
    G. Hinton et al., Distilling the knowledge in a neural network, 2015.
    """
    said = expit(logits_of(network, features, team))
    return features.with_targets(((features.targets + said) / 2).astype(np.float32))
