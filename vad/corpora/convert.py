"""The labels of one corpus in another format: a corpus with card, labels and linked audio."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from vad.artifacts import replacing
from vad.corpora import load_card, read_corpus, reader_modules
from vad.corpora.card import CARD_NAME, BaseCard
from vad.corpora.files import EACH
from vad.corpora.readers.unlabelled import UnlabelledRecording
from vad.corpora.recording import FileRecording
from vad.corpora.splits import SPLITS_NAME
from vad.corpora.writers import WRITERS, Writer, audio_name
from vad.errors import VadError
from vad.schema import validate

# The keys of a card that have nothing to do with the format of labels.
SHARED = ("licence", "citation", "split", "speaker", "label_resolution_ms", "channel")


def convert(corpus: Path, label_format: str, out: Path) -> int:
    """Write `corpus` into the new folder `out`, named as its folder; return how many recordings.

    Raises:
        VadError: a fault in the corpus, a corpus without labelled files, a folder that is there
            already, or labels that the format cannot hold.
    """
    writer = WRITERS.get(label_format)
    if writer is None:
        raise VadError(f"format '{label_format}', expected one of {', '.join(WRITERS)}")
    if out.exists():
        raise VadError(f"{out}: is there already, expected a new folder")
    corpus = corpus.absolute()
    card = load_card(corpus / CARD_NAME)
    files = (recording for recording in read_corpus(corpus) if isinstance(recording, FileRecording))
    recordings = [r for r in files if not isinstance(r, UnlabelledRecording)]
    if not recordings or any(recording.role != "speech" for recording in recordings):
        raise VadError(f"{corpus}: reader '{card.reader}' has no labels in files to convert")
    if getattr(card, "channel", None) == EACH:
        raise VadError(f"{corpus}: 'channel: {EACH}' names channels of files, expected a number")
    values = card_of(card, label_format, writer, recordings, out.absolute().name)
    validate(reader_modules()[label_format].Card, values, out / CARD_NAME)
    with replacing(out) as (draft,):
        draft.mkdir()
        for recording in recordings:
            link = draft / audio_name(recording)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(recording.path.resolve())
        writer.write(draft, recordings)
        with (draft / CARD_NAME).open("w", encoding="utf-8") as file:
            YAML(typ="safe", pure=True).dump(values, file)
        if (corpus / SPLITS_NAME).exists():
            shutil.copyfile(corpus / SPLITS_NAME, draft / SPLITS_NAME)
    return len(recordings)


def card_of(
    card: BaseCard,
    label_format: str,
    writer: Writer,
    recordings: Sequence[FileRecording],
    name: str,
) -> dict[str, Any]:
    """The values of the card of the written corpus."""
    given = {key: getattr(card, key) for key in SHARED if key in card.model_fields_set}
    if card.speaker is not None:
        given["speaker"] = card.speaker.pattern
    if "split" in given:
        parts = card.split.model_dump(exclude_unset=True)
        given["split"] = {
            split: list(part) if isinstance(part, tuple) else part for split, part in parts.items()
        }
    audio = sorted({f"**/*{recording.path.suffix}" for recording in recordings})
    own: dict[str, Any] = {} if label_format == "silero_feather" else {"audio": audio}
    if any(not len(recording.speech) for recording in recordings):
        own["silent_recordings"] = True
    return {"name": name, "reader": label_format, **given, **own, **writer.keys}
