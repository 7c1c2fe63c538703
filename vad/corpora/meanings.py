"""What labels usually mean: speech, silence, a part that nobody annotated, or unclear.

Readers of classes (speakers, regions) and readers of words differ: a region called music is not
speech, a word called music is spoken. A label that may mean no speech is unclear.
"""

import re
import unicodedata
from typing import Literal

LabelClass = Literal["speech", "silence", "ignored", "unclear"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The mark of a region without a text, in formats in which a text is expected.
EMPTY = "(empty)"
# The mark of a part that nobody annotated, as STM files of NIST's SCTK have it.
IGNORED = "ignore_time_segment_in_scoring"
# Marks of aligners and transcribers (Praat, Kaldi, HTK, Festival, TIMIT, MAUS), never words.
MARKS = frozenset(["", "sil", "sp", "pau", "eps", "p", "#", "##", "h#", "#h", "!sil", "<p:>"])
SILENT = _words(
    """
    silence silent pause nonspeech nospeech notspeech novoice nonvoice background backgroundnoise
    noise music instrumental blankaudio
    """
)
UNCLEAR = _words(
    """
    no non n ns nsp false off none nan null na other unk unknown uncertain inactive absent ignore
    exclude skip garbage empty bg unvoiced voiceless quiet unlabeled unlabelled unannotated todo bad
    laughter laugh laughs laughing breath breathing inhale cough coughing sneeze crying scream
    singing applause clap crowd babble click beep ring ringing tone dtmf hum hiss static typing door
    steps footsteps dog animal car traffic wind rain engine machine phone radio tv sound sounds
    ambient ambience vocal
    """
)
# Silence, noise and music in other languages in which people label.
FOREIGN = _words(
    """
    stille ruhe rauschen geräusch geräusche lärm musik hintergrund sprachpause applaus gelächter
    silencio ruido música musica pausa fondo risa risas silêncio ruído bruit musique fond rires
    bruits applaudissements silenzio rumore sottofondo risate stilte geluid ruis muziek
    achtergrond tystnad brus buller støj larm cisza szum muzyka ticho hluk šum hudba csend zaj zene
    тишина шум музыка пауза фон молчание смех тиша sessizlik gürültü müzik gurultu
    静音 静默 无声 噪音 噪声 音乐 背景 笑声 靜音 無聲 噪音 音樂 無音 雑音 音楽 騒音 背景音
    침묵 무음 소음 음악 잡음 صمت ضوضاء موسيقى سكوت شور खामोशी शोर संगीत
    """
)
# Words that transcribers also write for sounds that are not speech.
UNCLEAR_WORDS = SILENT | _words("laughter applause breath inaudible n ns nsp unvoiced")
# What stands in brackets for speech that nobody could write down.
SPOKEN = frozenset(
    ["unk", "oov", "spn", "spokennoise", "unintelligible", "inaudible", "foreign", "crosstalk"]
)
SPEECH_WORDS = frozenset(["speech", "speaker", "spk", "voice", "talk", "talking", "speaking"])
NEGATIONS = _words("no non not without")
# Beside one of SPEECH_WORDS they may deny it: `speech off`, `background speech`.
DENIALS = NEGATIONS | _words("false off inactive absent free end background")
NEGATED = re.compile(r"^(non|not?|without)[\W_]*(speech|voiced?|vocal|talk|speak|vad|active|human)")
ZERO = re.compile(r"^([-+]?0+([.,]0*)?|-\d.*)$")
SET_TO_ZERO = re.compile(r"^[^\d:=]+[:=]\s*0+([.,]0*)?$")
BRACKETS = re.compile(r"\[[^\[\]]*\]|<[^<>]*>|\([^()]*\)|\{[^{}]*\}|\*[^*]*\*")
MARKED = re.compile(r"^(!.*|[\u2669-\u266c#].*)$", re.DOTALL)
# What stands in front of a line of subtitles: a dash, arrows, the name of a speaker.
LEAD = re.compile(r"^(\s*([-\u2013\u2014\u2022]|>+|[^\W\d_][\w .'-]{0,30}:))+\s*")


def normalised(text: str) -> str:
    """One Unicode form, no capitals, no space around."""
    return unicodedata.normalize("NFC", text).casefold().strip()


def core(label: str) -> str:
    """The letters and digits of a label: `[non-speech]` and `Non_Speech` are `nonspeech`."""
    return re.sub(r"[\W_]+", "", label)


def class_of_words(label: str) -> LabelClass:
    """The class of a transcribed word or sentence, which is normalised."""
    if label == IGNORED:
        return "ignored"
    if label in MARKS:
        return "silence"
    text = LEAD.sub("", label) or label
    brackets = BRACKETS.findall(text)
    rest = core(BRACKETS.sub("", text))
    if MARKED.match(text) or (brackets and not rest):
        return _class_of_marks(brackets or [text])
    is_unclear = not rest or rest in UNCLEAR_WORDS or NEGATED.fullmatch(label)
    is_unclear = is_unclear or ZERO.match(label)
    return "unclear" if is_unclear else "speech"


def _class_of_marks(marks: list[str]) -> LabelClass:
    """The class of a text that is nothing but marks in brackets."""
    texts = [core(mark) for mark in marks]
    if any(text in SPOKEN | SPEECH_WORDS for text in texts):
        return "speech"
    is_silent = all(
        mark in MARKS or (text and text in MARKS | SILENT)
        for mark, text in zip(marks, texts, strict=True)
    )
    return "silence" if is_silent else "unclear"


def class_of_classes(label: str) -> LabelClass:
    """The class of a label that is itself a class or a speaker, and normalised."""
    if label == IGNORED:
        return "ignored"
    letters = core(label)
    if label in MARKS or (letters and letters in MARKS | SILENT) or NEGATED.match(label):
        return "silence"
    words = set(re.findall(r"[^\W\d_]+", label))
    if ZERO.match(label) or SET_TO_ZERO.match(label) or not letters:
        return "unclear"
    if words & SPEECH_WORDS or letters.startswith("speech"):
        return "unclear" if words & DENIALS or letters == "speechless" else "speech"
    is_named = letters in UNCLEAR | FOREIGN or words & (_words("sil pau") | NEGATIONS | FOREIGN)
    is_named = is_named or {word for word in words if len(word) > 3} & (UNCLEAR | SILENT)
    return "unclear" if is_named else "speech"
