"""Labels that mean no speech, those that may, and what a card makes of them."""

import pytest

from vad.corpora import read_corpus
from vad.corpora.classes import LabelClasses, class_of_classes, class_of_words, normalised, shown
from vad.errors import VadError
from vad.faults import Faults

SILENT = ["SIL", "Sil", "sp", "pau", "", "<sil>", "<eps>", "<p:>", "#", "!SIL", "h#"]
SILENT += ["[silence]", "[noise]", "<noise>", "(music)", "[NOISE]"]
LAB = "reader: lab\naudio: '*.wav'\nlabels: '*.lab'\nsplit: {train: '*'}\n"


@pytest.mark.parametrize("label", SILENT)
def test_marks_of_aligners_are_silence_everywhere(label: str) -> None:
    assert class_of_words(normalised(label)) == class_of_classes(normalised(label)) == "silence"


@pytest.mark.parametrize(
    ("label", "of_classes", "of_words"),
    [
        ("speech", "speech", "speech"),
        ("SPEAKER_00", "speech", "speech"),
        ("MEE068", "speech", "speech"),
        ("1", "speech", "speech"),
        ("0", "unclear", "unclear"),
        ("noise", "silence", "unclear"),
        ("music", "silence", "unclear"),
        ("nonspeech", "silence", "unclear"),
        ("non-speech", "silence", "unclear"),
        ("NO_SPEECH", "silence", "unclear"),
        ("not speech", "silence", "unclear"),
        ("background_noise", "silence", "unclear"),
        ("street noise", "unclear", "speech"),
        ("SPEECH_WITH_MUSIC", "speech", "speech"),
        ("laughter", "unclear", "unclear"),
        ("[laughter]", "unclear", "unclear"),
        ("<unk>", "unclear", "speech"),
        ("silence", "silence", "unclear"),
        ("[unintelligible]", "speech", "speech"),
        ("other", "unclear", "speech"),
        ("no", "unclear", "speech"),
        ("\u266a la la \u266a", "speech", "unclear"),
        ("...", "unclear", "unclear"),
        ("0.0", "unclear", "unclear"),
        ("-1", "unclear", "unclear"),
        ("00", "unclear", "unclear"),
        ("12:00", "speech", "speech"),
        ("speech=0", "unclear", "speech"),
        ("is_speech: false", "unclear", "speech"),
        ("background speech", "unclear", "speech"),
        ("noisy speech", "speech", "speech"),
        ("unknown speaker", "speech", "speech"),
        ("sil -350.2", "unclear", "speech"),
        ("SIL_1", "unclear", "speech"),
        ("unvoiced", "unclear", "unclear"),
        ("NSP", "unclear", "unclear"),
        ("not annotated", "unclear", "speech"),
        ("Stille", "unclear", "speech"),
        ("\u0448\u0443\u043c", "unclear", "speech"),
        ("\u9759\u97f3", "unclear", "speech"),
        ("P07", "speech", "speech"),
        ("[MAN] Hello [laughs]", "unclear", "speech"),
        ("[Music] [Silence]", "unclear", "silence"),
        ("(music) (laughs)", "unclear", "unclear"),
        ("- [music]", "silence", "silence"),
        ("BOB: (laughs)", "unclear", "unclear"),
        ("bob:", "speech", "speech"),
        ("[BLANK_AUDIO]", "silence", "silence"),
        ("ignore_time_segment_in_scoring", "ignored", "ignored"),
    ],
)
def test_classes_and_words_differ(label: str, of_classes: str, of_words: str) -> None:
    assert class_of_words(normalised(label)) == of_words
    assert class_of_classes(normalised(label)) == of_classes


def test_the_most_exact_name_of_the_card_decides() -> None:
    classes = LabelClasses("classes", ["*", "talk*"], ["Music*", "talk?show", "[x]"])
    for label, expected in {
        "anything": "speech",
        "noise": "silence",
        "": "silence",
        "laughter": "speech",
        "music and more": "silence",
        "talking": "speech",
        "talk show": "silence",
        "[X]": "silence",
        "x": "speech",
    }.items():
        assert classes.class_of(label) == expected, label


def test_parts_that_the_card_ignores_are_not_annotated(make_corpus) -> None:
    labels = "0 0.5 x\n0.5 1 music\n1 1.5 overlap\n"
    card = LAB + "ignored: [overlap, music]\n"
    (recording,) = read_corpus(make_corpus(card, {"a.wav": 2, "a.lab": labels}))
    assert recording.speech.tolist() == [[0, 0.5]]
    assert recording.annotated.tolist() == [[0, 0.5], [1.5, 2]]
    card = LAB + "ignored: '*'\n"
    with pytest.raises(VadError, match="no label but ignored ones, expected speech"):
        read_corpus(make_corpus(card, {"a.wav": 2, "a.lab": "0 0.5 x\n"}))


def test_with_speech_named_all_else_is_unclear_but_silence() -> None:
    classes = LabelClasses("classes", ["voice"], [])
    assert [classes.class_of(label) for label in ("VOICE ", "ann", "sil", None)] == [
        "speech",
        "unclear",
        "silence",
        "speech",
    ]


def test_unclear_labels_are_one_fault_that_names_the_way_out(make_corpus) -> None:
    files = {"a.wav": 2, "b.wav": 2, "a.lab": "0 0.5 0\n1 2 1\n", "b.lab": "0 1 0\n1 2 laughter\n"}
    folder = make_corpus(LAB, files)
    faults = Faults()
    assert read_corpus(folder, faults) == []
    (fault,) = faults.entries
    assert fault.file == str(folder / "a.lab")
    assert fault.reason == (
        "labels '0' (1.5 s), 'laughter' (1.0 s) may mean no speech: name each under 'speech', "
        f"'silence' or 'ignored' in {folder / 'corpus.yaml'}"
    )
    card = LAB + "silence: ['0', laugh*]\n"
    one, two = read_corpus(make_corpus(card, files))
    assert one.speech.tolist() == [[1, 2]]
    assert two.speech.shape == (0, 2)


def test_labels_are_counted_with_their_seconds(make_corpus) -> None:
    faults = Faults()
    read_corpus(make_corpus(LAB, {"a.wav": 2, "a.lab": "0 0.5 sil\n0.5 1.5 x\n1.5 2 x\n"}), faults)
    assert faults.tally.as_metrics() == {
        "labels": {"calls": {"speech": {"x": 1.5}, "silence": {"sil": 0.5}}}
    }


def test_a_label_is_shown_in_one_short_line() -> None:
    assert shown("  two\nwords ") == "two words"
    assert len(shown("x" * 99)) == 40


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ("", "no labels for it"),
        (";; nothing yet\n", "no labels for it"),
        ("0.5 0.5 x\n1 1 y\n", "no regions, all 2 labels last 0 s"),
    ],
)
def test_a_recording_without_labels_is_silent_only_where_the_card_says_so(
    make_corpus, labels: str, reason: str
) -> None:
    files = {"a.wav": 2, "a.lab": labels}
    with pytest.raises(VadError, match=f"{reason}, expected speech: 'silent_recordings: true' in"):
        read_corpus(make_corpus(LAB, files))
    (recording,) = read_corpus(make_corpus(LAB + "silent_recordings: true\n", files))
    assert recording.speech.shape == (0, 2)
    (recording,) = read_corpus(make_corpus(LAB, files | {"a.lab": "0 2 silence\n"}))
    assert recording.speech.shape == (0, 2)
