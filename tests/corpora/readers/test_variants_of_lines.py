"""Variants that tools write of formats of lines: read as they are meant, or refused by name."""

import pytest

TURN = "SPEAKER a 1 0.5 1 <NA> <NA> x <NA> <NA>\n"
FAR = "SPEAKER a 2 2.5 1 <NA> <NA> y <NA> <NA>\n"
SRT = "1\n00:00:00,500 --> 00:00:01,000\nhi\n\n2\n00:00:02,000 --> 00:00:03,000\n"
UNCLEAR = "may mean no speech: name each under 'speech', 'silence' or 'ignored'"

# Reader and more keys; label files by suffix; speech (and annotated parts), or a fault.
VARIANTS = {
    "rttm with lines of other types": (
        "rttm",
        TURN + "LEXEME a 1 2 0.2 hi lex x 0.9 <NA>\nSPKR-INFO a 1 <NA> <NA> <NA> unknown x <NA>\n"
        "NON-SPEECH a 1 2 1 <NA> music <NA> <NA> <NA>\nNON-LEX a 1 3 .2 <NA> laugh x <NA> <NA>\n",
        [[0.5, 1.5]],
    ),
    "rttm with a part that is not scored": (
        "rttm",
        TURN + "NOSCORE a 1 2 1 <NA> <NA> <NA> <NA> <NA>\n",
        ([[0.5, 1.5]], [[0, 2], [3, 4]]),
    ),
    "rttm of words alone": (
        "rttm",
        "LEXEME a 1 0.5 0.2 hello lex x 0.9 <NA>\n",
        "no line of 'labels' with 'a' marks speech, all are of other types",
    ),
    "rttm with a suffix in its id": ("rttm", TURN.replace(" a ", " a.WAV "), [[0.5, 1.5]]),
    "rttm with a path in its id": ("rttm", TURN.replace(" a ", " audio/a "), [[0.5, 1.5]]),
    "rttm in small letters": ("rttm", TURN.lower(), "line 1: .* is of type 'speaker', expected 'S"),
    "rttm with tabs": ("rttm", TURN.replace(" ", "\t"), [[0.5, 1.5]]),
    "ctm with confidence and comments": (
        "ctm",
        ";; x\na 1 0.5 0.5 hi 0.98\na A 1 0.5 there 1.0 lex spk\na 1 3 0.5 x 1 noscore\n",
        ([[0.5, 1.5]], [[0, 3], [3.5, 4]]),
    ),
    "ctm with a sound as a word": (
        "ctm",
        "a 1 0.5 0.5 hi 0.98 lex\na 1 2 0.5 laugh 1.0 non-lex\n",
        rf"'\[laugh\]' .0.5 s. {UNCLEAR}",
    ),
    "ctm with marks of silence": (
        "ctm",
        "a 1 0 0.5 <eps>\na 1 0.5 0.5 hi\na 1 1 1 SIL\na 1 3 .5 [NOISE]\n",
        [[0.5, 1]],
    ),
    "stm of TED-LIUM": (
        "stm",
        "a 1 inter_segment_gap 0 0.5 <o,,unknown> ignore_time_segment_in_scoring\n"
        "a 1 A 0.5 1 <o,f0,male> hi there\na 1 A 1 2 <o,f0,male> [noise]\n"
        "a 1 excluded_region 3 4 <o,,unknown>\n",
        ([[0.5, 1]], [[0.5, 3]]),
    ),
    "stm without a transcript": ("stm", "a 1 A 0.5 1\n", rf"'\(empty\)' .0.5 s. {UNCLEAR}"),
    "stm with channel letters": ("stm", "a A ann 0.5 1 <o> hi\n", [[0.5, 1]]),
    "audacity with a spectral selection": (
        "audacity",
        "0.5\t1\thi\n\\\t100.0\t200.0\n2\t2\tpoint\n",
        [[0.5, 1]],
    ),
    "audacity with decimal commas": ("audacity", "0,500000\t1,000000\thi\n", [[0.5, 1]]),
    "audacity without a label": ("audacity", "0.5\t1\n2\t3\t\n", [[0.5, 1], [2, 3]]),
    "audacity with 0.0 and 1.0": (
        "audacity",
        "0\t1\t1.0\n1\t2\t0.0\n",
        f"'0.0' .* {UNCLEAR}",
    ),
    "lab in units of HTK": (
        "lab",
        "0 5000000 sil\n5000000 10000000 hi\n",
        "line 2: from 5e.06 to 1e.07 s, .*: are the times seconds, and of this recording?",
    ),
    "lab of silence in milliseconds": ("lab", "500 900 sil\n", "line 1: .* are the times seconds"),
    "lab with scores": ("lab", "0 0.5 sil -350.2\n.5 1 hi -20\n", f"'sil -350.2' .* {UNCLEAR}"),
    "lab with commas": ("lab", "0.5,1,speech\n", "'0.5,1,speech', expected 'start end label'"),
    "ten_vad of another recording": ("ten_vad", "b,0.5,1,1\n", "it labels 'b', expected 'a'"),
    "ten_vad with gaps": ("ten_vad", "a,0.5,1,1,1,2,0\n", ([[0.5, 1]], [[0.5, 2]])),
    "ten_vad on two lines": ("ten_vad", "a,0.5,1,1\na,1,2,0\n", "label .*, expected 1"),
    "ava_speech with spaces": (
        "ava_speech",
        "a, 0.5, 1, CLEAN_SPEECH\na,1,4,NO_SPEECH\n",
        ([[0.5, 1]], [[0.5, 4]]),
    ),
    "ava_speech with a hole": (
        "ava_speech",
        "a,0.5,1,CLEAN_SPEECH\na,2,3,NO_SPEECH\n",
        ([[0.5, 1]], [[0.5, 1], [2, 3]]),
    ),
    "ava_speech with a header": ("ava_speech", "video_id,start,end,label\n", "label 'label', exp"),
    "subtitles with aside blocks": (
        "subtitles",
        "WEBVTT - x\nKind: captions\n\nNOTE a\nb -> c\n\nSTYLE\n::cue { color: red }\n\n"
        "REGION\nid:x\n\nintro\n00:00.500 --> 00:01.000 align:start position:0%\n<v Bob>hi</v>\n",
        [[0.5, 1]],
    ),
    "subtitles of YouTube": (
        "subtitles",
        "WEBVTT\nKind: captions\n\n00:00:00.500 --> 00:00:01.000 align:start position:0%\n \n"
        "hello<00:00:00.700><c> world</c>\n\n00:00:02.000 --> 00:00:03.000\n&nbsp;\n",
        [[0.5, 1]],
    ),
    "subtitles without empty lines": (
        "subtitles",
        "1\n00:00:00,500 --> 00:00:01.000\nhi\n2\n00:00:02 --> 00:00:03 X1:1 X2:2\nho\n",
        [[0.5, 1], [2, 3]],
    ),
    "subtitles with an empty line in a text": ("subtitles", SRT + "a\n\nb\n", [[0.5, 1], [2, 3]]),
    "subtitles with music": ("subtitles", SRT + "- <i>[music]</i>\n", [[0.5, 1]]),
    "subtitles with music in tags": ("subtitles", SRT + "{\\i1}[music]{\\i0}\n", [[0.5, 1]]),
    "subtitles with arrows": ("subtitles", SRT + "&gt;&gt; [MUSIC]\n", [[0.5, 1]]),
    "subtitles with a name and a sound": (
        "subtitles",
        SRT + "BOB: (laughs)\n",
        rf"'BOB: \(laughs\)' .* {UNCLEAR}",
    ),
    "subtitles with notes": ("subtitles", SRT + "\u266b la la \u266b\n", f"la la .* {UNCLEAR}"),
    "subtitles with a sound and speech": (
        "subtitles",
        SRT + "[MAN] Hello [laughs]\n",
        [[0.5, 1], [2, 3]],
    ),
}
UEM = "rttm\nannotated: '*.uem'"
# The same, of several files and two channels.
FOLDERS = {
    "rttm of two channels": ("rttm\nchannel: 1", {"a.rttm": TURN + FAR}, [[2.5, 3.5]]),
    "rttm that counts from 0": (
        "rttm\nchannel: 0",
        {"a.rttm": TURN.replace(" 1 0.5", " 0 0.5") + FAR.replace(" 2 2.5", " 1 2.5")},
        [[0.5, 1.5]],
    ),
    "uem of channels, for their mean": (
        UEM,
        {"a.rttm": TURN + FAR, "a.uem": "a 1 0 2\na 2 1 4\n"},
        ([[0.5, 1.5], [2.5, 3.5]], [[1, 2]]),
    ),
    "uem of channels, for one": (
        UEM + "\nchannel: 1",
        {"a.rttm": TURN + FAR, "a.uem": "a 1 0 2\na 2 1 4\n"},
        ([[2.5, 3.5]], [[1, 4]]),
    ),
    "labels called by a whole name": (
        "audacity",
        {"a.wav.txt": "0.5\t1\t\n"},
        [[0.5, 1]],
    ),
    "labels with a language in their name": (
        "subtitles\nfile_id: ^([^.]+)",
        {"a.en.srt": SRT},
        [[0.5, 1]],
    ),
}
SUFFIXES = {"audacity": "txt", "ten_vad": "scv", "ava_speech": "csv", "subtitles": "srt"}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_label_file(make_corpus, check, variant: str) -> None:
    keys, text, expected = VARIANTS[variant]
    suffix = SUFFIXES.get(keys, keys)
    card = f"reader: {keys}\naudio: '*.wav'\nlabels: '*.{suffix}'\nsplit: {{train: '*'}}\n"
    check(make_corpus(card, {"a.wav": 4, f"a.{suffix}": text}), expected)


@pytest.mark.parametrize("variant", FOLDERS)
def test_a_folder(make_corpus, check, variant: str) -> None:
    keys, files, expected = FOLDERS[variant]
    reader = keys.partition("\n")[0]
    suffix = SUFFIXES.get(reader, reader)
    card = f"reader: {keys}\naudio: '*.wav'\nlabels: '*.{suffix}'\nsplit: {{train: '*'}}\n"
    check(make_corpus(card, {"a.wav": (4, 2)} | files), expected)
