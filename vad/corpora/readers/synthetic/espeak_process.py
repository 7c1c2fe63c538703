"""The process that speaks: utterances as JSON in, for each its size and int16 samples out.

Functions and numbers are those of espeak-ng/speak_lib.h (https://github.com/espeak-ng/espeak-ng).
Run as a script with the standard library alone.
"""

import ctypes
import json
import struct
import sys

RATE_HZ = 22050
SIZE = struct.Struct("<I")

SYNCHRONOUS = 2
DONT_EXIT = 0x8000
WORDS_PER_MINUTE, PITCH = 1, 3
BY_CHARACTER = 1
UTF_8 = 1
SEED = 1
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


def main(library_path: str, utterances: list[tuple[str, str, int, int]]) -> None:
    """Speak `utterances` (text, voice, words per minute, pitch); SystemExit names the failure."""
    library = ctypes.CDLL(library_path)
    if library.espeak_Initialize(SYNCHRONOUS, 0, b".", DONT_EXIT) != RATE_HZ:
        raise SystemExit(f"no data for it in this folder, or another rate than {RATE_HZ} Hz")
    # Breath and whisper are drawn, and without this by the time of day.
    library.espeak_ng_SetRandSeed(ctypes.c_long(SEED))
    chunks: list[bytes] = []

    def collect(samples: int | None, count: int, _events: int | None) -> int:
        if samples and count:
            chunks.append(ctypes.string_at(samples, 2 * count))
        return 0

    callback = CALLBACK(collect)
    library.espeak_SetSynthCallback(callback)
    for utterance in utterances:
        speak(library, *utterance)
        spoken = b"".join(chunks)
        chunks.clear()
        sys.stdout.buffer.write(SIZE.pack(len(spoken)) + spoken)


def speak(library: ctypes.CDLL, text: str, voice: str, words_per_minute: int, pitch: int) -> None:
    """Send the samples of one utterance to the callback."""
    if library.espeak_SetVoiceByName(voice.encode()):
        raise SystemExit(f"no voice '{voice}'")
    library.espeak_SetParameter(WORDS_PER_MINUTE, words_per_minute, 0)
    library.espeak_SetParameter(PITCH, pitch, 0)
    data = text.encode()
    size = ctypes.c_size_t(len(data) + 1)
    if library.espeak_Synth(data, size, 0, BY_CHARACTER, 0, UTF_8, None, None):
        raise SystemExit(f"cannot speak '{text}'")


if __name__ == "__main__":
    main(sys.argv[1], json.load(sys.stdin))
