"""Any intervals, written as each format has them, are read back as they were."""

import io
import itertools
import json
from collections.abc import Callable

import numpy as np
import pyarrow
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import feather, parquet

from vad.corpora import read_corpus, reader_modules

SECONDS = 4
Pairs = list[tuple[float, float]]


def lines(layout: str) -> Callable[[Pairs], str]:
    """A line for each interval."""
    return lambda pairs: "".join(
        layout.format(a=start, b=end, d=f"{end - start:.3f}") + "\n" for start, end in pairs
    )


def clock(time_s: float) -> str:
    return f"00:00:{time_s:06.3f}"


def subtitles(pairs: Pairs) -> str:
    return "\n\n".join(f"{clock(start)} --> {clock(end)}\nhi" for start, end in pairs)


def ten_vad(pairs: Pairs) -> str:
    edges = [0.0, *(edge for pair in pairs for edge in pair), float(SECONDS)]
    cells = [
        f"{start},{end},{number % 2}"
        for number, (start, end) in enumerate(itertools.pairwise(edges))
    ]
    return "a," + ",".join(cells)


def textgrid(pairs: Pairs) -> str:
    entries = "".join(f'{start}\n{end}\n"hi"\n' for start, end in pairs)
    head = f'"ooTextFile"\n"TextGrid"\n0\n{SECONDS}\n<exists>\n1\n"IntervalTier"\n"t"\n0\n'
    return f"{head}{SECONDS}\n{len(pairs)}\n{entries}"


def elan(pairs: Pairs) -> str:
    slots = annotations = ""
    for number, (start, end) in enumerate(pairs):
        for side, time_s in (("a", start), ("b", end)):
            slots += f'<TIME_SLOT TIME_SLOT_ID="{side}{number}" TIME_VALUE="{time_s * 1000:.0f}"/>'
        annotations += (
            f'<ALIGNABLE_ANNOTATION TIME_SLOT_REF1="a{number}" TIME_SLOT_REF2="b{number}">'
            "<ANNOTATION_VALUE>hi</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION>"
        )
    return (
        f'<ANNOTATION_DOCUMENT>{slots}<TIER TIER_ID="t">{annotations}</TIER></ANNOTATION_DOCUMENT>'
    )


def frames(pairs: Pairs) -> str:
    """Frames of 1 ms."""
    label = np.zeros(SECONDS * 1000, int)
    for start, end in pairs:
        label[round(start * 1000) : round(end * 1000)] = 1
    row = {"audio_filepath": "a.wav", "duration": SECONDS, "label": label.tolist()}
    return json.dumps(row | {"vad_frame_unit_secs": 0.001})


def spans(pairs: Pairs) -> list[dict[str, float]]:
    return [{"start": start, "end": end} for start, end in pairs]


def whisper(pairs: Pairs) -> str:
    return json.dumps({"segments": [span | {"text": "hi"} for span in spans(pairs)]})


def label_studio(pairs: Pairs) -> str:
    result = [{"value": span | {"labels": ["x"]}} for span in spans(pairs)]
    return json.dumps([{"data": {"audio": "a.wav"}, "annotations": [{"result": result}]}])


def lhotse(pairs: Pairs) -> str:
    rows = ({"recording_id": "a", "start": a, "duration": round(b - a, 3)} for a, b in pairs)
    return "\n".join(map(json.dumps, rows))


def table(pairs: Pairs) -> bytes:
    sink = io.BytesIO()
    entries = {"audio_path": ["a.wav"], "speech_ts": [spans(pairs)]}
    feather.write_feather(pyarrow.table(entries), sink)
    return sink.getvalue()


def embedded(pairs: Pairs) -> bytes:
    audio, sink = io.BytesIO(), io.BytesIO()
    soundfile.write(audio, np.full(SECONDS * 8000, 0.1), 8000, format="WAV")
    starts, ends = ([pair[side] for pair in pairs] for side in (0, 1))
    row = {
        "audio": [{"bytes": audio.getvalue(), "path": "a.wav"}],
        "start": [starts],
        "end": [ends],
    }
    parquet.write_table(pyarrow.table(row), sink)
    return sink.getvalue()


RECORDING = {"id": "a", "sources": [{"type": "file", "channels": [0], "source": "a.wav"}]}
# The keys of a card, and the function that writes label file `x`, or `a` beside `a.wav`.
BESIDE = "audio: '*.wav'\nlabels: a.x"
WRITERS: dict[str, tuple[str, Callable[[Pairs], str | bytes]]] = {
    "rttm": (BESIDE, lines("SPEAKER a 1 {a} {d} <NA> <NA> s <NA> <NA>")),
    "ctm": (BESIDE, lines("a 1 {a} {d} hi")),
    "stm": (BESIDE, lines("a 1 s {a} {b} hi")),
    "ava_speech": (BESIDE, lines("a,{a},{b},CLEAN_SPEECH")),
    "audacity": (BESIDE, lines("{a}\t{b}\thi")),
    "lab": (BESIDE, lines("{a} {b} hi")),
    "ten_vad": (BESIDE, ten_vad),
    "textgrid": (f"{BESIDE}\ntier: t", textgrid),
    "elan": (f"{BESIDE}\ntier: t", elan),
    "subtitles": (BESIDE, subtitles),
    "whisper": (BESIDE, whisper),
    "label_studio": (BESIDE, label_studio),
    "jsonl": (
        "labels: a.x",
        lambda pairs: json.dumps({"audio": "a.wav", "segments": pairs}),
    ),
    "nemo": ("manifest: a.x", frames),
    "table": ("labels: a.x", lambda pairs: "file,start,end\n" + lines("a.wav,{a},{b}")(pairs)),
    "kaldi": ("scp: wav.scp", lines("u a {a} {b}")),
    "lhotse": ("recordings: r.jsonl\nsupervisions: a.x", lhotse),
    "silero_feather": ("table: a.x", table),
    "parquet": ("table: a.x", embedded),
}


def test_every_reader_of_labels_is_here() -> None:
    assert {*WRITERS, "clips", "folder", "synthetic", "unlabelled"} == set(reader_modules())


@pytest.mark.parametrize("reader", WRITERS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(edges=st.sets(st.integers(0, SECONDS * 1000), min_size=2, max_size=20))
def test_intervals_survive(make_corpus, reader: str, edges: set[int]) -> None:
    ordered = [edge / 1000 for edge in sorted(edges)]
    pairs = list(zip(ordered[::2], ordered[1::2], strict=False))
    keys, write = WRITERS[reader]
    card = f"reader: {reader}\n{keys}\nsplit: {{train: '*'}}\n"
    files = {"a.wav": SECONDS, "wav.scp": "a a.wav\n", "r.jsonl": json.dumps(RECORDING)}
    folder = make_corpus(card, files)
    labels = folder / ("segments" if reader == "kaldi" else "a.x")
    content = write(pairs)
    labels.write_bytes(content if isinstance(content, bytes) else content.encode())
    (recording,) = read_corpus(folder)
    # Three digits are written; start plus duration is rounded.
    assert np.abs(recording.speech - np.array(pairs)).max() < 1e-6
