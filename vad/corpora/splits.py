"""Which recording is for training, validation or test: patterns of the card, or quotas.

Quotas are filled in the order of a hash of the names, so that no split comes out empty, and kept in
`splits.yaml` beside the card: a recording stays in its split for ever, whatever is added later.
"""

import io
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from vad.corpora.card import CARD_NAME, SPLITS, BaseCard, Split, Splits
from vad.errors import VadError
from vad.faults import Faults
from vad.randomness import digest
from vad.schema import load_yaml

SPLITS_NAME = "splits.yaml"
# A line for each recording: millions of them.
LARGEST_LIST, MOST_NAMES = 2**30, 10**7
HEAD = f"""\
# Made by stage prepare beside {CARD_NAME}: commit it. A recording in this list stays in its split;
# without the list all of them are shared out anew.
"""


def assigned(
    folder: Path,
    card: BaseCard,
    names: Sequence[str],
    faults: Faults,
    units: Mapping[str, str] | None = None,
) -> dict[str, Split]:
    """The split of each recording; those that no pattern of the card matches are absent.

    Where shares decide, recordings of one unit stay together: of one speaker, or as `units` has it
    by name. VadError where a name matches two splits or has no speaker.
    """
    if card.split.patterns:
        by_pattern = {name: card.split_by_pattern(name) for name in names}
        left_out = [name for name in names if by_pattern[name] is None]
        if left_out:
            faults.tally.left_out[card.name, "no_split"] += len(left_out)
            faults.notes.append(
                f"corpus '{card.name}': {len(left_out)} of {len(names)} recordings match no "
                f"pattern of 'split', such as '{left_out[0]}'"
            )
        return {name: split for name, split in by_pattern.items() if split is not None}
    units = units or {name: card.speaker_of(name) or name for name in names}
    former = read_splits(folder / SPLITS_NAME)
    splits = by_quota(card.name, units, card.split, former)
    if splits.keys() - former.keys():
        _write(folder / SPLITS_NAME, former | splits, faults)
    return splits


def by_quota(
    corpus: str, units: Mapping[str, str], split: Splits, former: Mapping[str, Split]
) -> dict[str, Split]:
    """The split of each name; `units` are what stays together: the speaker, or the name itself.

    Units that `former` knows stay. The others follow in the order of their hash: test until it has
    its quota, then validation, then training.
    """
    members = defaultdict(list)
    for name, unit in units.items():
        members[unit].append(name)
    splits = {unit: s for name, unit in units.items() if (s := former.get(name)) is not None}
    counts = Counter(splits.values())
    quotas = split.quotas(len(members))
    for unit in sorted(members.keys() - splits.keys(), key=lambda unit: digest(corpus, unit)):
        splits[unit] = next((s for s in ("test", "val") if counts[s] < quotas[s]), "train")
        counts[splits[unit]] += 1
    return {name: former.get(name) or splits[unit] for name, unit in units.items()}


def read_splits(path: Path) -> dict[str, Split]:
    """The split of each name in a file of `splits.yaml`; empty without one."""
    if not path.exists():
        return {}
    values = load_yaml(path, LARGEST_LIST, MOST_NAMES)
    if not values.keys() <= set(SPLITS) or not all(map(_is_names, values.values())):
        raise VadError(f"{path}: expected lists of names under {', '.join(SPLITS)}")
    return {name: split for split in SPLITS for name in values.get(split) or ()}


def _is_names(value: Any) -> bool:  # noqa: ANN401 (whatever YAML holds)
    return value is None or (isinstance(value, list) and all(isinstance(v, str) for v in value))


def _write(path: Path, splits: Mapping[str, Split], faults: Faults) -> None:
    values = {s: sorted(n for n, of in splits.items() if of == s) for s in SPLITS}
    yaml = YAML(typ="safe", pure=True)
    # A name to a line, so that Git merges what two branches add.
    yaml.default_flow_style = False
    text = io.StringIO()
    yaml.dump(values, text)
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.write_text(HEAD + text.getvalue(), encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        faults.notes.append(f"{path}: cannot be written ({error.strerror}), splits may move later")
    else:
        faults.notes.append(f"{path}: written, commit it with the card so that splits stay")
