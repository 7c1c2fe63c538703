"""Audio as a page carries it: an MP3, which every browser plays, and a picture of its spectrum."""

import io

import numpy as np
import soundfile
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

# About 30 kbit/s at 16 kHz: what separates speech from noise is still heard.
MP3_COMPRESSION = 0.6
SPECTRUM_S = 0.032
# A level further below the loudest point is white.
RANGE_DB = 70


def mp3(samples: np.ndarray, sample_rate: int) -> bytes:
    """Mono int16 [samples] as an MP3 file; equal samples give equal bytes."""
    file = io.BytesIO()
    soundfile.write(file, samples, sample_rate, format="MP3", compression_level=MP3_COMPRESSION)
    return file.getvalue()


def spectrogram(samples: np.ndarray, sample_rate: int, columns: int) -> np.ndarray:
    """Level of each frequency over time, uint8 [frequencies, columns], 0 is the loudest.

    The highest frequency, half of `sample_rate`, is the first row. `samples` is int16 [samples].
    """
    length = round(SPECTRUM_S * sample_rate)
    hop = max(1, round(len(samples) / columns))
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    # Frames have their middle at each multiple of the hop, as far as they reach the samples; the
    # window is 0 at its first sample.
    before = (length // 2 - 1) // hop * hop + length // 2
    count = (len(samples) + before - 2) // hop + 1
    padded = np.zeros(before + len(samples) + length)
    padded[before : before + len(samples)] = samples
    frames = sliding_window_view(padded, length)[::hop][:count]
    power = np.abs(np.fft.rfft(frames * window)).T ** 2
    level_db = 10 * np.log10(power + 1)
    darkness = np.clip((level_db - level_db.max()) / RANGE_DB + 1, 0, 1)
    return np.rint(255 * (1 - darkness[::-1])).astype(np.uint8)


def png(grey: np.ndarray) -> bytes:
    """Grey uint8 [rows, columns] as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "PNG", optimize=True)
    return file.getvalue()


def envelope(samples: np.ndarray, columns: int) -> np.ndarray:
    """Least and greatest sample of each column, as shares of the loudest, [columns, 2].

    There are as many columns as samples where those are fewer.
    """
    starts = np.linspace(0, len(samples), min(columns, len(samples)), endpoint=False).astype(int)
    low, high = (extreme.reduceat(samples, starts) for extreme in (np.minimum, np.maximum))
    loudest = max(1, int(np.abs(samples.astype(np.int32)).max()))
    return np.stack((low, high), axis=1) / loudest
