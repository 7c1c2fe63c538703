"""Sizes of the network, one set for each sampling rate.

Source: the graph of `silero_vad.jit` in the PyPI package silero-vad.
"""

from dataclasses import dataclass

STATE_SIZE = 128
ENCODER_CHANNELS = (128, 64, 64, 128)
TAP_COUNT = 3


@dataclass(frozen=True)
class Geometry:
    """Sizes of one branch, all in samples at its own rate unless the name says otherwise."""

    sample_rate: int
    window_samples: int
    context_samples: int
    stft_samples: int

    @property
    def input_samples(self) -> int:
        """What a client feeds per call: the end of the previous window, then the new one."""
        return self.context_samples + self.window_samples

    @property
    def hop_samples(self) -> int:
        return self.stft_samples // 2

    @property
    def padding_samples(self) -> int:
        """Reflected on the right, so that a whole input gives four STFT frames."""
        return self.stft_samples // 4

    @property
    def bin_count(self) -> int:
        return self.stft_samples // 2 + 1

    @property
    def windows_per_s(self) -> float:
        return self.sample_rate / self.window_samples


GEOMETRIES = {
    16000: Geometry(16000, window_samples=512, context_samples=64, stft_samples=256),
    8000: Geometry(8000, window_samples=256, context_samples=32, stft_samples=128),
}


def branch_rate(native_rate: int) -> int:
    """The rate (Hz) of the branch for audio of `native_rate`: 8 kHz has its own, all other 16."""
    return min(GEOMETRIES) if native_rate == min(GEOMETRIES) else max(GEOMETRIES)
