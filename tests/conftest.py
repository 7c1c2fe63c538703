import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hypothesis
import numpy as np
import pytest
import soundfile
import torch

from vad.export.parity import speech_like
from vad.params import Params, load_params
from vad.silero.geometry import GEOMETRIES
from vad.silero.network import published_network
from vad.tuning.features import Features, Span
from vad.tuning.process_group import ProcessGroup
from vad.tuning.training_data import TrainingData

# The same examples each time, however busy the machine.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.load_profile("repeatable")

# As in the stages: a window at a time is too little work for two threads.
torch.set_num_threads(1)

REPOSITORY = Path(__file__).parents[1]
# Real recordings for tests; they are not part of the repository.
RECORDINGS = Path(os.environ.get("VAD_RECORDINGS", REPOSITORY.parent / "shared" / "data"))


@pytest.fixture
def params() -> Params:
    """The defaults, without what makes small corpora take long."""
    params = load_params(REPOSITORY / "params.yaml")
    few = {
        "prepare": params.prepare.model_copy(update={"augmented_copies": 3}),
        "finetune": params.finetune.model_copy(update={"epochs": 8}),
    }
    return params.model_copy(update=few)


@pytest.fixture(scope="session")
def real_recordings() -> Path:
    if not RECORDINGS.is_dir():
        pytest.skip(f"no real recordings at {RECORDINGS} (set VAD_RECORDINGS)")
    return RECORDINGS


@pytest.fixture(params=[16000, 8000])
def sample_rate(request) -> int:
    return request.param


@pytest.fixture(params=["speech-like", "real"])
def audio(request, sample_rate) -> np.ndarray:
    """Float32 [samples] at sample_rate, of half a minute; a real meeting where there is one."""
    if request.param == "speech-like":
        return speech_like(GEOMETRIES[sample_rate])
    path = request.getfixturevalue("real_recordings") / "ami" / "dev" / "dev00.flac"
    samples, _ = soundfile.read(path, dtype="float32")
    return np.ascontiguousarray(samples[:: 16000 // sample_rate])


@pytest.fixture(scope="module")
def published():
    return published_network(16000)


@pytest.fixture
def features():
    """Clips of unequal length in which speech shows in the first features, some not annotated."""
    draw = np.random.default_rng(0)
    edges = [0, 300, 310, 900, 1500]
    speech = np.repeat(draw.random(100) < 0.5, 15)
    values = draw.standard_normal((1500, 128, 1)).astype(np.float32) ** 2
    values[:, :20] += 2 * speech[:, None, None]
    annotated = np.ones(1500, bool)
    annotated[200:250] = False
    clips = [Span(*pair) for pair in itertools.pairwise(edges)]
    return Features(values, 4, speech.astype(np.float32), annotated, clips)


@pytest.fixture
def finetune(params):
    return params.finetune.model_copy(
        update={"epochs": 3, "batch_size": 3, "nonspeech_weight": 0.7, "sequence_s": 4}
    )


@pytest.fixture
def group():
    with ThreadPoolExecutor(2) as threads:
        yield ProcessGroup(torch.device("cpu"), threads)


@pytest.fixture
def training_data(features):
    """The same windows for all purposes; rehearsal targets are not quite labels."""
    rehearsal = features.with_targets(0.25 + features.targets / 2)
    noise = features.with_targets(np.zeros(len(features.targets), np.float32))
    return TrainingData(features, features, rehearsal, rehearsal, noise, noise)
