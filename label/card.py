"""The card of a folder that was labelled: written where there is none, else compared."""

import io
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from vad.corpora import reader_modules
from vad.corpora.card import CARD_NAME
from vad.errors import VadError
from vad.label_files.formats import FORMATS
from vad.schema import load_yaml, validate

HEAD = "# Written by python -m label. Fill in licence and citation, correct the labels.\n"
RESOLUTION_MS = 32


def card_values(folder: Path, label_format: str, recordings: Iterable[Path]) -> dict[str, Any]:
    """The keys of a card that reads the labels of `recordings`; VadError for a folder's name."""
    chosen = FORMATS[label_format]
    patterns = sorted({f"**/*{path.suffix.lower()}" for path in recordings})
    name = folder.absolute().name
    values = {
        "name": name,
        "reader": chosen.reader,
        "licence": "unknown",
        "citation": f"recordings of {name}; labels by python -m label",
        "label_resolution_ms": RESOLUTION_MS,
        **({"audio": patterns} if chosen.names_audio else {}),
        **chosen.keys,
    }
    try:
        validate(reader_modules()[chosen.reader].Card, values, folder / CARD_NAME)
    except VadError as error:
        usable = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_") or "corpus"
        raise VadError(f"{error}: rename the folder, such as mv {name} {usable}") from None
    return values


def card_text(values: dict[str, Any]) -> str:
    """The card as YAML."""
    text = io.StringIO()
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.default_flow_style = None
    yaml.sort_base_mapping_type_on_output = False
    yaml.dump(values, text)
    return HEAD + text.getvalue()


def differences(folder: Path, values: dict[str, Any]) -> list[str]:
    """What the card that is there lacks to read the labels that were written: a line for each."""
    own = load_yaml(folder / CARD_NAME)
    needed = {key: values[key] for key in ("reader", "ignored", "annotated") if key in values}
    return [
        f"{folder / CARD_NAME}: '{key}' is {own.get(key)!r}, the labels need '{key}: {value}'"
        for key, value in needed.items()
        if own.get(key) != value
    ]
