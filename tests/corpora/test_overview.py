"""What is shown before audio is read: minutes of each split, rates, a split to paste."""

from dataclasses import replace

import pytest
import soundfile

from vad.corpora import read_corpora, read_corpus
from vad.corpora.overview import (
    check_planned,
    left_out,
    lengths,
    warnings_of_labels,
    warnings_of_rates,
)
from vad.errors import VadError
from vad.faults import Fault, Faults
from vad.label_files.written import Written

CARD = "reader: rttm\naudio: '*.wav'\nlabels: a.rttm\n"


def corpus(make_corpus, names: list[str], rest: str = "", rate: int = 16000):
    turns = "".join(f"SPEAKER {n} 1 0 0.05 <NA> <NA> x <NA> <NA>\n" for n in names)
    folder = make_corpus(CARD + rest, {"a.rttm": turns})
    for name in names:
        soundfile.write(folder / f"{name}.wav", [0.1] * (rate // 10), rate)
    return folder


def test_recordings_and_minutes_of_each_split(make_corpus) -> None:
    recordings = read_corpus(corpus(make_corpus, list("abc")))
    longer = [replace(recording, duration_s=90.0) for recording in recordings]
    assert lengths(longer) == [
        "corpus 'calls', recordings of speech: train 1 (1.5 min), val 1 (1.5 min), test 1 (1.5 min)"
    ]
    check_planned(recordings)


def test_a_corpus_of_the_other_rate_is_named_with_the_number_to_change(make_corpus) -> None:
    recordings = read_corpus(corpus(make_corpus, list("abc"), rate=8000))
    (line,) = warnings_of_rates(recordings, 16000)
    assert line.startswith("corpus 'calls': all recordings have 8000 Hz and sample_rate is 16000")
    assert "set sample_rate: 8000 in params.yaml" in line
    assert warnings_of_rates(recordings, 8000) == []
    mixed = [*recordings[:2], replace(recordings[2], native_rate=16000)]
    assert warnings_of_rates(mixed, 16000) == []


def test_labels_that_nobody_corrected_are_named_where_they_are_scored(make_corpus) -> None:
    folder = make_corpus("reader: audacity\naudio: '*.wav'\nlabels: '*.txt'\n", {})
    written = Written.of(folder)
    for name in "abc":
        soundfile.write(folder / f"{name}.wav", [0.1] * 1600, 16000)
        written.write(f"{name}.txt", "0\t0.05\tspeech\n")
    written.save()
    recordings = read_corpus(folder)
    (line,) = warnings_of_labels(folder.parent, recordings)
    assert line.startswith(
        "corpus 'calls': 2 of 2 recordings of validation and test have labels as "
    )
    for recording in recordings:
        if recording.split == "test":
            (folder / f"{recording.name}.txt").write_text("0\t0.06\tspeech\n")
    (line,) = warnings_of_labels(folder.parent, recordings)
    assert line.startswith("corpus 'calls': 1 of 2 recordings")
    (folder / ".label.json").unlink()
    assert warnings_of_labels(folder.parent, recordings) == []


@pytest.mark.parametrize(
    ("names", "rest", "expected"),
    [
        ("ab", "", "split 'test' has no speech .*: add recordings, 3 or more in a corpus"),
        ("abc", "split: {train: '*'}\n", r"corpus\.yaml of 'calls': split: {train: \['.'\], val: "),
        ("abc", "speaker: ()$\nsplit: {train: '*'}\n", "no speaker in the name"),
    ],
)
def test_a_split_without_speech_comes_with_one_to_paste(make_corpus, names, rest, expected) -> None:
    with pytest.raises(VadError, match=expected):
        check_planned(read_corpus(corpus(make_corpus, list(names), rest)))


def test_two_speakers_cannot_fill_three_splits(make_corpus) -> None:
    names = [f"{speaker}-{take}" for speaker in ("ann", "bob") for take in range(10)]
    recordings = read_corpus(corpus(make_corpus, names, "speaker: ^(.+)-\n"))
    with pytest.raises(VadError, match=r"without 'speaker', which finds 2: split: {val: 0\.1,"):
        check_planned(recordings)


def test_what_is_left_of_a_corpus_with_faults(make_corpus) -> None:
    folder = corpus(make_corpus, list("abc"))
    recordings = read_corpus(folder)
    faults = [Fault(recordings[0].source, "x"), Fault(str(folder.parent / "gone" / "a.wav"), "y")]
    assert left_out(folder.parent, faults, recordings) == [
        "corpus 'calls': 1 faults, 2 recordings are left",
        "corpus 'gone': 1 faults, no recordings are left",
    ]


@pytest.mark.parametrize("name", ["corpus.yml", "Corpus.yaml", "corpus.YAML", "corpus.yaml.txt"])
def test_a_card_under_another_name_is_not_passed_over(make_corpus, name: str) -> None:
    root = corpus(make_corpus, list("abc")).parent
    (root / "new").mkdir()
    (root / "new" / name).write_text("name: new\n")
    faults = Faults()
    read_corpora(root, None, faults)
    if name == "corpus.yaml.txt":
        assert f"{root / 'new'}: no corpus.yaml in it, left out" in faults.notes
    else:
        expected = f"not taken for a card, expected {root / 'new' / 'corpus.yaml'}: move it there"
        assert faults.entries == [Fault(str(root / "new" / name), expected)]


def test_a_card_one_folder_deeper_is_not_passed_over(make_corpus) -> None:
    root = corpus(make_corpus, list("abc")).parent
    deeper = root / "all" / "calls2"
    deeper.mkdir(parents=True)
    (deeper / "corpus.yaml").write_text("name: calls2\n")
    with pytest.raises(VadError, match=r"not taken for a card, expected .*/calls2/corpus\.yaml"):
        read_corpora(root, None)
    assert len(read_corpora(root, ("calls",))) == 3


def test_a_folder_without_a_card_is_noted(make_corpus) -> None:
    root = corpus(make_corpus, list("abc")).parent
    (root / "stray").mkdir()
    faults = Faults()
    read_corpora(root, None, faults)
    assert f"{root / 'stray'}: no corpus.yaml in it, left out" in faults.notes
