"""The cards of public corpora, each on a small copy of that corpus's folders and names."""

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

from vad.corpora import read_corpus
from vad.corpora.card import SPLITS
from vad.faults import Faults

CARDS = Path(__file__).parents[2] / "data" / "cards"
DOCS = CARDS.parents[1] / "docs" / "corpora.md"
GRID = (
    'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n1\n<exists>\n1\n"IntervalTier"\n'
    '"words"\n0\n1\n3\n0\n0.25\n""\n0.25\n0.75\n"noise"\n0.75\n1\n"sil"\n'
)


def turns(*ids: str, end_s: float = 0.75) -> str:
    return "".join(
        f"SPEAKER {i} 1 0.250 {end_s - 0.25:.3f} <NA> <NA> MEE068 <NA> <NA>\n" for i in ids
    )


def ami() -> dict[str, str | None]:
    files: dict[str, str | None] = {}
    parts = {"train": ["EN2001a", "TS3007c"], "dev": ["ES2011a", "IB4011"], "test": ["IS1009d"]}
    for part, meetings in parts.items():
        for meeting in meetings:
            files[f"audio/{meeting}.Mix-Headset.wav"] = None
            # The last turns of TS3007c end after its audio.
            end_s = 1.4 if meeting == "TS3007c" else 0.75
            files[f"labels/{part}/{meeting}.rttm"] = turns(meeting, end_s=end_s)
            files[f"labels/{part}/{meeting}.uem"] = f"{meeting} 1 0.000 1.000\n"
    files["labels/test/EN2002a.rttm"] = turns("EN2002a")
    files["labels/test/EN2002a.uem"] = "EN2002a 1 0.000 1.000\n"
    return files


def voxconverse() -> dict[str, str | None]:
    names = ["dev/abjxc", "dev/czlvt", "test/aepyx"]
    audio: dict[str, str | None] = {f"audio/{name}.wav": None for name in names}
    return audio | {f"labels/{name}.rttm": turns(name.partition("/")[2]) for name in names}


def ava_speech() -> dict[str, str | None]:
    ids = ["-5KQ66BBWC4", "2DUITARAsWQ", "aDEYi1OG0vU", "b5pRYl_djbs"]
    rows = [
        f"{i},{start},{end},{label}\n"
        for i in [*ids, "gone_video1"]
        for start, end, label in (
            (0.0, 0.25, "NO_SPEECH"),
            (0.25, 0.5, "CLEAN_SPEECH"),
            (0.5, 0.75, "SPEECH_WITH_MUSIC"),
        )
    ]
    return {f"audio/{i}.wav": None for i in ids} | {"ava_speech_labels_v1.csv": "".join(rows)}


def librispeech() -> dict[str, str | None]:
    names = ["train-clean-100/103/1240/103-1240-0000", "dev-clean/84/121123/84-121123-0000"]
    names.append("test-clean/61/70968/61-70968-0000")
    audio: dict[str, str | None] = {f"LibriSpeech/{name}.flac": None for name in names}
    return audio | {f"alignments/{name}.TextGrid": GRID for name in names}


def common_voice() -> dict[str, str | None]:
    names = [f"{client}/common_voice_en_{client}{n}" for client in "abcd" for n in range(2)]
    audio: dict[str, str | None] = {f"clips/{name}.mp3": None for name in names}
    return audio | {f"aligned/{name}.TextGrid": GRID for name in names}


def unlabelled(*names: str) -> dict[str, str | None]:
    return dict.fromkeys(names)


# Files of each corpus (None: audio of a second), recordings that come out, the parts of speech.
LAYOUTS = {
    "ami": (ami, 5, [[0.25, 0.75], [0.25, 1.0]]),
    "voxconverse": (voxconverse, 3, [[0.25, 0.75]]),
    "ava_speech": (ava_speech, 4, [[0.25, 0.75]]),
    "librispeech": (librispeech, 3, [[0.25, 0.75]]),
    "common_voice": (common_voice, 8, [[0.25, 0.75]]),
    "musan": (
        lambda: unlabelled(
            *(f"musan/noise/free-sound/noise-free-sound-{n:04d}.wav" for n in range(4)),
            *(f"musan/music/fma/music-fma-{n:04d}.wav" for n in range(4)),
            "musan/speech/librivox/speech-librivox-0000.wav",
        ),
        8,
        [],
    ),
    "demand": (
        lambda: unlabelled(
            *(f"{site}/ch{n:02d}.wav" for site in ("DKITCHEN", "DWASHING") for n in (1, 2)),
            *(f"{site}/ch01.wav" for site in ("NFIELD", "NRIVER", "OHALLWAY", "TBUS", "TCAR")),
            *(f"{site}/ch01.wav" for site in ("DLIVING", "NPARK", "STRAFFIC", "OOFFICE")),
            "PCAFETER/ch01.wav",
        ),
        11,
        [],
    ),
    "esc50": (
        lambda: unlabelled(
            *(f"audio/{fold}-10003{n}-A-{n}.wav" for fold in range(1, 6) for n in (0, 14, 26, 42))
        ),
        15,
        [],
    ),
    "rirs_noises": (
        lambda: unlabelled(
            *(f"RIRS_NOISES/simulated_rirs/smallroom/Room00{n}/Room00{n}-1.wav" for n in range(4)),
            "RIRS_NOISES/real_rirs_isotropic_noises/RVB2014_type1_rir_largeroom1_far_angla.wav",
            "RIRS_NOISES/real_rirs_isotropic_noises/RVB2014_type1_noise_largeroom1_1.wav",
        ),
        5,
        [],
    ),
}


@pytest.fixture(params=sorted(LAYOUTS))
def corpus(request, tmp_path: Path) -> Path:
    folder = tmp_path / request.param
    shutil.copytree(CARDS / request.param, folder)
    noise = 0.1 * np.random.default_rng(0).standard_normal(16000)
    for name, text in LAYOUTS[request.param][0]().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            channels = 8 if "real_rirs" in name else 1
            soundfile.write(path, np.tile(noise[:, None], channels), 16000)
        else:
            path.write_text(text, encoding="utf-8")
    return folder


def test_every_card_has_a_layout_and_a_section_in_the_documentation() -> None:
    names = sorted(path.parent.name for path in CARDS.glob("*/corpus.yaml"))
    assert names == sorted(LAYOUTS)
    text = DOCS.read_text(encoding="utf-8")
    for name in names:
        assert f"data/cards/{name}" in text


def test_a_card_reads_its_corpus(corpus: Path) -> None:
    _, count, speech = LAYOUTS[corpus.name]
    faults = Faults()
    recordings = read_corpus(corpus, faults)
    assert faults.entries == []
    assert len(recordings) == count
    assert set(Counter(recording.split for recording in recordings)) == set(SPLITS)
    parts = sorted({tuple(part) for r in recordings for part in np.round(r.speech, 3).tolist()})
    assert parts == [tuple(part) for part in speech]
    for recording in recordings:
        assert sum(len(block.samples) for block in recording.blocks(16000)) == 16000


def test_what_is_left_out_is_counted(corpus: Path) -> None:
    faults = Faults()
    read_corpus(corpus, faults)
    left_out = faults.tally.as_metrics().get("left_out", {}).get(corpus.name, {})
    expected = {"ami": {"missing_audio": 2}, "ava_speech": {"missing_audio": 1}}
    expected["demand"] = {"no_split": 1}
    assert left_out == expected.get(corpus.name, {})
