"""Which labels are speech: names and patterns of the card, then what labels usually mean.

A label that may mean no speech and that the card does not name is unclear, which is a fault:
trained as speech it would teach the opposite. Readers of classes (speakers, regions) and readers
of words differ: a region called music is none of speech, a word called music is spoken.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from vad.corpora.spans import LabelledSegment
from vad.errors import printable
from vad.faults import Faults

LabelClass = Literal["speech", "silence", "unclear"]
LabelKind = Literal["classes", "words"]

# Marks of aligners and transcribers (Praat, Kaldi, HTK, Festival, TIMIT, MAUS), never words.
MARKS = frozenset(["", "sil", "sp", "pau", "eps", "p", "#", "##", "h#", "#h", "!sil", "<p:>"])
SILENT = frozenset(
    [
        *("silence", "silent", "pause", "nonspeech", "nospeech", "notspeech", "novoice"),
        *("nonvoice", "background", "backgroundnoise", "noise", "music", "instrumental"),
    ]
)
UNCLEAR = frozenset(
    [
        *("no", "non", "n", "ns", "false", "off", "none", "nan", "null", "na", "other", "0"),
        *(
            "unk",
            "unknown",
            "uncertain",
            "inactive",
            "ignore",
            "exclude",
            "skip",
            "garbage",
            "empty",
        ),
        *("laughter", "laugh", "laughing", "breath", "breathing", "inhale", "cough", "coughing"),
        *("sneeze", "crying", "scream", "singing", "applause", "clap", "crowd", "babble", "click"),
        *("beep", "ring", "ringing", "tone", "dtmf", "hum", "hiss", "static", "typing", "door"),
        *("steps", "footsteps", "dog", "animal", "car", "traffic", "wind", "rain", "engine"),
        *("machine", "phone", "radio", "tv", "sound", "sounds", "ambient", "ambience", "vocal"),
    ]
)
# Words that transcribers also write for what is no speech.
UNCLEAR_WORDS = SILENT | {"laughter", "applause", "breath", "inaudible"}
# What stands in brackets for speech that nobody could write down.
SPOKEN = frozenset(
    ["unk", "oov", "spn", "spokennoise", "unintelligible", "inaudible", "foreign", "crosstalk"]
)
SPEECH_WORDS = frozenset(["speech", "speaker", "spk", "voice", "talk", "talking", "speaking"])
NEGATED = re.compile(r"^(non|not?|without)[\W_]*(speech|voiced?|vocal|talk|speak|vad|active|human)")
BRACKETED = re.compile(r"^(\[.*\]|<.*>|\(.*\)|\{.*\}|\*.*\*|!.*|\u266a.*)$", re.DOTALL)
WILDCARDS = re.compile(r"([*?])")
LISTED = 5
# Of a pattern without letters: what usually is silence stays silence.
WILD = 1
SHOWN_LENGTH = 40


def normalised(text: str) -> str:
    """One Unicode form, no capitals, no space around."""
    return unicodedata.normalize("NFC", text).casefold().strip()


def core(label: str) -> str:
    """The letters and digits of a label: `[non-speech]` and `Non_Speech` are `nonspeech`."""
    return re.sub(r"[\W_]+", "", label)


def class_of_words(label: str) -> LabelClass:
    """The class of a transcribed word or sentence, which is normalised."""
    letters = core(label)
    if BRACKETED.match(label):
        if label in MARKS or (letters and letters in MARKS | SILENT):
            return "silence"
        return "speech" if letters in SPOKEN | SPEECH_WORDS else "unclear"
    if label in MARKS:
        return "silence"
    return "unclear" if letters in UNCLEAR_WORDS or not letters else "speech"


def class_of_classes(label: str) -> LabelClass:
    """The class of a label that is itself a class or a speaker, and normalised."""
    letters = core(label)
    if label in MARKS or (letters and letters in MARKS | SILENT) or NEGATED.match(label):
        return "silence"
    words = set(re.findall(r"[^\W\d_]+", label))
    if words & SPEECH_WORDS or letters.startswith("speech"):
        return "speech"
    is_named = letters in UNCLEAR or {w for w in words if len(w) > 3} & (UNCLEAR | SILENT)
    return "unclear" if is_named or letters == "" else "speech"


def shown(label: str | None) -> str:
    """A label in messages and counts: one line of at most 40 characters."""
    return printable(" ".join((label or "").split()), SHOWN_LENGTH)


class Pattern(NamedTuple):
    """A name from a card in which `*` and `?` are wild, brackets are not."""

    expression: re.Pattern[str]
    exactness: int

    @classmethod
    def of(cls, text: str) -> "Pattern":
        """The pattern in `text`; the more letters it has, the more exact it is, from 1 on."""
        parts = WILDCARDS.split(normalised(text))
        wild = {"*": ".*", "?": "."}
        expression = "".join(wild.get(part, re.escape(part)) for part in parts)
        letter_count = sum(len(part) for part in parts if part not in wild)
        return cls(re.compile(expression, re.DOTALL), (WILD if parts[1:] else 2) + letter_count)


class LabelClasses:
    """The classes of a corpus's labels; unclear ones are held until all files are read."""

    def __init__(
        self, kind: LabelKind, speech: Sequence[str] | None, silence: Sequence[str] | None
    ) -> None:
        self.default = class_of_words if kind == "words" else class_of_classes
        self.has_speech = speech is not None
        self.patterns = {
            "speech": [Pattern.of(text) for text in speech or ()],
            "silence": [Pattern.of(text) for text in silence or ()],
        }
        self.unclear_s: dict[str, float] = defaultdict(float)
        self.first_file: Path | None = None

    def class_of(self, label: str | None) -> LabelClass:
        """Speech without a label; else the card's most exact name, else the usual meaning."""
        if label is None:
            return "speech"
        text = normalised(label)
        exactness = {
            kind: max((p.exactness for p in patterns if p.expression.fullmatch(text)), default=0)
            for kind, patterns in self.patterns.items()
        }
        usual = self.default(text)
        if usual == "silence" and max(exactness.values()) == WILD:
            return "silence"
        if max(exactness.values()):
            return "speech" if exactness["speech"] >= exactness["silence"] else "silence"
        return "unclear" if self.has_speech and usual == "speech" else usual

    def hold(self, segment: LabelledSegment) -> None:
        """Remember an unclear label."""
        self.unclear_s[shown(segment.label)] += segment.end_s - segment.start_s
        self.first_file = self.first_file or segment.file

    def report(self, card_file: Path, faults: Faults) -> None:
        """One fault with all unclear labels."""
        if self.first_file is None:
            return
        listed = sorted(self.unclear_s.items(), key=lambda entry: -entry[1])[:LISTED]
        labels = ", ".join(f"'{label}' ({seconds:.1f} s)" for label, seconds in listed)
        more = len(self.unclear_s) - len(listed)
        rest = f" and {more} more" if more else ""
        faults.add(
            self.first_file,
            f"labels {labels}{rest} may mean no speech: name each under 'speech' or 'silence' in "
            f"{card_file}",
        )
