"""Other people's programs, unmodified, on exported files: the segments of the official file.

The silero_vad package itself is in tests/test_silero_vad.py.
"""

import asyncio
import shutil
from pathlib import Path

import faster_whisper.vad
import numpy as np
import onnx_asr
import pytest
import sherpa_onnx
from livekit import rtc
from livekit.agents.vad import VADEvent, VADEventType
from livekit.plugins import silero

from vad.export.parity import speech_like
from vad.silero.geometry import GEOMETRIES

# Of probabilities over a whole recording, the client keeping state and context itself.
TOLERANCE = 1e-5
# As livekit's rooms deliver audio.
FRAMES_PER_S = 100

Segments = list[tuple[int, int]]


def by_faster_whisper(folder: Path, audio: np.ndarray, rate: int) -> Segments:
    """Its own search for the file by name, in a folder of assets that stands in for its own."""
    assets = folder / "faster_whisper_assets"
    assets.mkdir(exist_ok=True)
    shutil.copy(folder / "sequence_16000.onnx", assets / "silero_vad_v6.onnx")
    faster_whisper.vad.get_vad_model.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(faster_whisper.vad, "get_assets_path", lambda: str(assets))
        # The default of 2 s joins nearly everything.
        timestamps = faster_whisper.vad.get_speech_timestamps(
            audio, sampling_rate=rate, min_silence_duration_ms=100, speech_pad_ms=0
        )
    return [(segment["start"], segment["end"]) for segment in timestamps]


def by_onnx_asr(folder: Path, audio: np.ndarray, rate: int) -> Segments:
    """Two streams in one batch, the second backwards; `sr` is fed as [1]."""
    waveforms = np.stack([audio, audio[::-1]])
    vad = onnx_asr.load_vad("silero", folder)
    streams = vad.segment_batch(waveforms, np.full(2, len(audio)), rate)
    return [segment for stream in streams for segment in stream]


def by_sherpa_onnx(folder: Path, audio: np.ndarray, rate: int) -> Segments:
    """Its C++ core with the ONNX Runtime that is built into it."""
    window = GEOMETRIES[rate].window_samples
    # With the defaults the speech-like signal has no segment.
    model = sherpa_onnx.SileroVadModelConfig(
        str(folder / "silero_vad.onnx"),
        threshold=0.2,
        min_speech_duration=0.05,
        min_silence_duration=0.1,
    )
    config = sherpa_onnx.VadModelConfig(silero_vad=model, sample_rate=rate)
    detector = sherpa_onnx.VoiceActivityDetector(config, buffer_size_in_seconds=60)
    segments = []
    for start in range(0, len(audio), window):
        detector.accept_waveform(audio[start : start + window])
        segments.extend(_finished(detector))
    detector.flush()
    return segments + _finished(detector)


def by_livekit(folder: Path, audio: np.ndarray, rate: int) -> Segments:
    """Samples at which its stream of events has speech start and end."""
    events = livekit_events(folder, audio, rate)
    starts, ends = (
        [event.samples_index for event in events if event.type == kind]
        for kind in (VADEventType.START_OF_SPEECH, VADEventType.END_OF_SPEECH)
    )
    return list(zip(starts, [*ends, len(audio)], strict=False))


def livekit_events(folder: Path, audio: np.ndarray, rate: int) -> list[VADEvent]:
    """All events of a stream that is fed the recording frame by frame."""
    samples = np.round(audio * np.iinfo(np.int16).max).astype(np.int16)

    async def events() -> list[VADEvent]:
        vad = silero.VAD.load(
            sample_rate=rate,
            min_silence_duration=0.1,
            onnx_file_path=folder / "silero_vad.onnx",
        )
        stream = vad.stream()
        for start in range(0, len(samples), rate // FRAMES_PER_S):
            frame = samples[start : start + rate // FRAMES_PER_S]
            stream.push_frame(rtc.AudioFrame(frame.tobytes(), rate, 1, len(frame)))
        stream.end_input()
        return [event async for event in stream]

    return asyncio.run(events())


def _finished(detector: sherpa_onnx.VoiceActivityDetector) -> Segments:
    segments = []
    while not detector.empty():
        segments.append((detector.front.start, detector.front.start + len(detector.front.samples)))
        detector.pop()
    return segments


# faster-whisper and sherpa-onnx take 16 kHz alone.
CLIENTS = pytest.mark.parametrize(
    ("client", "sample_rate"),
    [
        (by_faster_whisper, 16000),
        (by_sherpa_onnx, 16000),
        (by_onnx_asr, 16000),
        (by_onnx_asr, 8000),
        (by_livekit, 16000),
        (by_livekit, 8000),
    ],
)


@CLIENTS
def test_same_segments_as_with_the_official_file(
    client, sample_rate, recording, exported, official
):
    # faster-whisper writes into the array that it is given.
    actual, expected = (
        client(folder, recording.copy(), sample_rate) for folder in (exported, official)
    )
    assert actual
    assert actual == expected


@CLIENTS
def test_other_weights_give_other_segments(client, sample_rate, exported, changed):
    audio = speech_like(GEOMETRIES[sample_rate])
    actual, expected = (client(folder, audio.copy(), sample_rate) for folder in (changed, exported))
    assert actual != expected


@pytest.mark.parametrize("sample_rate", [16000])
def test_faster_whisper_probabilities(recording, sample_rate, exported, official):
    """Beside the official sequence file: what it ships itself is an earlier model."""
    window = GEOMETRIES[sample_rate].window_samples
    audio = recording[: len(recording) // window * window]
    # It writes into the array that it is given.
    actual, expected = (
        faster_whisper.vad.SileroVADModel(str(folder / "sequence_16000.onnx"))(audio.copy())
        for folder in (exported, official)
    )
    np.testing.assert_allclose(actual, expected, rtol=0, atol=TOLERANCE)


def test_livekit_probabilities(recording, sample_rate, exported, official):
    actual, expected = (
        [
            event.probability
            for event in livekit_events(folder, recording, sample_rate)
            if event.type == VADEventType.INFERENCE_DONE
        ]
        for folder in (exported, official)
    )
    assert len(actual) == len(recording) // GEOMETRIES[sample_rate].window_samples
    np.testing.assert_allclose(actual, expected, rtol=0, atol=TOLERANCE)
