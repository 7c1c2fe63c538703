"""Labels to start from for a folder of recordings: python -m label data/raw/field.

The teacher, the published model run several times with what follows taken into account, labels
each recording and marks what it is not sure of. Writes label files beside the recordings, a card
where there is none, and to_correct.tsv: which recordings to correct first. Files that somebody
has changed stay as they are.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from label.card import card_text, card_values, differences
from label.ranking import Rank, as_lines, as_table, rank_of, ranked
from vad.corpora.card import CARD_NAME
from vad.errors import VadError, printable, titled
from vad.interruption import stoppable
from vad.intervals import difference, total
from vad.label_files.formats import FORMATS, RecordingLabels
from vad.label_files.written import Written
from vad.recordings import check_names, recordings_in
from vad.teacher.opinions import Opinion, opinions
from vad.teacher.scores import FOR_PEOPLE

LIST = "to_correct.tsv"
# Shorter stretches, mostly at the edges of speech, are decided and not marked (s).
LEAST_UNCERTAIN_S = 0.2


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; status 1 where something was left out, with a line for each."""
    parser = argparse.ArgumentParser(prog="python -m label", description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder of recordings")
    parser.add_argument("--to", choices=FORMATS, default="audacity", help="format of the labels")
    parser.add_argument("--first", type=int, default=10, help="how many recordings to list")
    chosen = parser.parse_args(arguments)
    try:
        with stoppable():
            problems = label(chosen.folder, chosen.to, chosen.first)
    except (VadError, OSError) as error:
        sys.exit(titled("label", error.args if isinstance(error, VadError) else [str(error)]))
    if problems:
        print(titled("label", problems), file=sys.stderr)
    sys.exit(1 if problems else 0)


def label(folder: Path, label_format: str, first: int) -> list[str]:
    """Label every recording that nobody has labelled; a line for each thing that was left out."""
    if not folder.is_dir():
        raise VadError(f"{folder}: no such folder")
    files = recordings_in(folder)
    check_names(files, label_format)
    values = card_values(folder, label_format, files)
    written = Written.of(folder)
    check_format(written, label_format)
    touched = [path for path in files if is_touched(written, folder, path, label_format)]
    open_files = sorted(set(files) - set(touched))
    problems, ranks, labelled = [], [], []
    texts: dict[str, str] = {}
    results = opinions([(path, None) for path in open_files], "label")
    for path, result in zip(open_files, results, strict=True):
        try:
            if isinstance(result, VadError):
                raise result
            labels = labels_of(folder, path, result)
            for suffix, text in FORMATS[label_format].texts(labels).items():
                texts[label_name(folder, path, suffix)] = text
        except VadError as error:
            problems.append(str(error))
        else:
            ranks.append(rank_of(labels.audio, result, labels.uncertain))
            labelled.append(labels)
    texts |= {CARD_NAME: card_text(values), LIST: as_table(ranked(ranks))}
    written.expect(texts)
    left = [name for name, text in texts.items() if not written.write(name, text)]
    if CARD_NAME in left:
        problems += differences(folder, values)
    if LIST in left:
        problems.append(f"{folder / LIST}: changed by hand, left as it is; remove it for a new one")
    written.save()
    report(folder, labelled, ranked(ranks), first, touched)
    return problems


def check_format(written: Written, label_format: str) -> None:
    """VadError where labels in another format were corrected: the card would not read them."""
    suffixes = (*FORMATS[label_format].suffixes, CARD_NAME, LIST)
    for name in sorted(written.hashes):
        if not name.endswith(suffixes) and not written.is_own(name):
            path = written.folder / name
            raise VadError(f"{path}: corrected by hand, expected '--to' of the same format")


def is_touched(written: Written, folder: Path, path: Path, label_format: str) -> bool:
    """Whether somebody has made or changed a label file of a recording."""
    suffixes = FORMATS[label_format].suffixes
    return not all(written.is_own(label_name(folder, path, suffix)) for suffix in suffixes)


def label_name(folder: Path, path: Path, suffix: str) -> str:
    """The path of a label file in the folder, beside its recording."""
    return path.relative_to(folder).with_suffix(suffix).as_posix()


def labels_of(folder: Path, path: Path, opinion: Opinion) -> RecordingLabels:
    """Speech, and the uncertain stretches, which are not labelled as speech."""
    uncertain = opinion.uncertain_s(FOR_PEOPLE, LEAST_UNCERTAIN_S)
    speech = difference(opinion.speech_s(FOR_PEOPLE), uncertain)
    audio = path.relative_to(folder).as_posix()
    return RecordingLabels(audio, path.stem, opinion.duration_s, speech, uncertain)


def report(
    folder: Path,
    labelled: Sequence[RecordingLabels],
    ranks: Sequence[Rank],
    first: int,
    touched: Sequence[Path],
) -> None:
    """What was labelled, and what to correct first."""
    length_s = sum(one.duration_s for one in labelled)
    speech_s = sum(float(total(one.speech)) for one in labelled)
    uncertain_s = sum(float(total(one.uncertain)) for one in labelled)
    kept = ""
    if touched:
        example = printable(str(touched[0]))
        kept = f"; left alone {len(touched)} with labels by hand, such as those of {example}"
    print(
        f"{folder}: labelled {len(labelled)} recordings, {length_s / 60:.1f} min, of them "
        f"{speech_s / 60:.1f} min speech and {uncertain_s / 60:.1f} min uncertain{kept}"
    )
    if ranks:
        print(f"Correct these first ({folder / LIST} has all):")
        print("\n".join(as_lines(ranks, first)))
        print("Next: correct them (docs/labelling.md), then run: dvc repro")


if __name__ == "__main__":
    main()
