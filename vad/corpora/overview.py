"""What stage prepare shows of corpora before it reads their audio, and after it left some out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from vad.corpora.card import SPLITS, Splits
from vad.corpora.recording import FileRecording, Recording
from vad.corpora.splits import by_quota
from vad.errors import VadError
from vad.faults import Fault
from vad.label_files.written import Written
from vad.licences import is_binding
from vad.silero.geometry import GEOMETRIES

# So many recordings can be listed in a `split` to paste.
LISTED_NAMES = 12


def lengths(recordings: Iterable[Recording]) -> list[str]:
    """A line for each corpus and role: recordings and minutes of each split."""
    groups: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for recording in recordings:
        groups[recording.corpus, recording.role][recording.split].append(recording.duration_s)
    lines = []
    for (corpus, role), splits in sorted(groups.items()):
        parts = [
            f"{split} {len(splits[split])} ({sum(splits[split]) / 60:.1f} min)" for split in SPLITS
        ]
        lines.append(f"corpus '{corpus}', recordings of {role}: {', '.join(parts)}")
    return lines


def warnings_of_rates(recordings: Iterable[Recording], sample_rate: int) -> list[str]:
    """A line for each corpus that is recorded at the rate of the other branch."""
    narrow_hz = min(GEOMETRIES)
    if sample_rate == narrow_hz:
        return []
    rates: dict[str, set[int]] = defaultdict(set)
    for recording in recordings:
        if isinstance(recording, FileRecording) and recording.role == "speech":
            rates[recording.corpus].add(recording.native_rate)
    return [
        f"corpus '{corpus}': all recordings have {narrow_hz} Hz and sample_rate is {sample_rate}: "
        f"set sample_rate: {narrow_hz} in params.yaml where your product feeds {narrow_hz} Hz, "
        "since it then runs the other branch of the network"
        for corpus, own in sorted(rates.items())
        if own == {narrow_hz}
    ]


def warnings_of_labels(raw: Path, recordings: Iterable[Recording]) -> list[str]:
    """A line for each corpus in `raw` that is scored by labels as `python -m label` wrote them."""
    scored: dict[str, set[str]] = defaultdict(set)
    for recording in recordings:
        if recording.role == "speech" and recording.split != "train":
            scored[recording.corpus].add(recording.name)
    lines = []
    for corpus, names in sorted(scored.items()):
        written = Written.of(raw / corpus)
        untouched = filter(written.is_untouched, written.hashes)
        count = len(names & {str(Path(name).with_suffix("")) for name in untouched})
        if count:
            lines.append(
                f"corpus '{corpus}': {count} of {len(names)} recordings of validation and test "
                "have labels as python -m label wrote them: correct them, since labels of a model "
                "cannot measure a model"
            )
    return lines


def check_planned(recordings: Sequence[Recording]) -> None:
    """VadError where a split gets no speech, with a `split` to paste, before audio is read."""
    speech = [recording for recording in recordings if recording.role == "speech"]
    counts = Counter(recording.split for recording in speech)
    for split in SPLITS:
        if not counts[split]:
            raise VadError(
                f"split '{split}' has no speech recordings, expected one or more: {_advice(speech)}"
            )


def _advice(speech: Sequence[Recording]) -> str:
    """How to get recordings into every split."""
    corpora = Counter(recording.corpus for recording in speech)
    if not corpora or max(corpora.values()) < len(SPLITS):
        return f"add recordings, {len(SPLITS)} or more in a corpus"
    corpus = max(corpora, key=lambda name: corpora[name])
    own = [recording for recording in speech if recording.corpus == corpus]
    pasted = "split: {val: 0.1, test: 0.1}"
    if len(own) <= LISTED_NAMES:
        names = {recording.name: recording.name for recording in own}
        assigned = by_quota(corpus, names, Splits(val=0.1, test=0.1), {})
        lists = {s: sorted(n for n, of in assigned.items() if of == s) for s in SPLITS}
        parts = (f"{s}: [{', '.join(repr(n) for n in lists[s])}]" for s in SPLITS)
        pasted = f"split: {{{', '.join(parts)}}}"
    speakers = {recording.speaker for recording in own}
    without = ""
    if None not in speakers and len(speakers) < len(SPLITS):
        without = f", without 'speaker', which finds {len(speakers)}"
    return f"write into the corpus.yaml of '{corpus}'{without}: {pasted}"


def binding_terms(recordings: Iterable[Recording]) -> list[str]:
    """A line for each corpus that training sees and whose terms may bind the model."""
    licences = {(r.corpus, r.licence) for r in recordings if r.split != "test"}
    return [
        f"prepare: corpus '{corpus}' is {licence}: mind its terms"
        for corpus, licence in sorted(licences)
        if is_binding(licence)
    ]


def left_out(root: Path, faults: Iterable[Fault], recordings: Iterable[Recording]) -> list[str]:
    """A line for each corpus under `root` with faults, and how much of it is left."""
    faults = list(faults)
    counts = Counter(_corpus_of(root, fault) for fault in faults)
    sources = {fault.file for fault in faults}
    remaining: Mapping[str, int] = Counter(r.corpus for r in recordings if r.source not in sources)
    return [
        f"corpus '{corpus}': {count} faults, {remaining.get(corpus, 0) or 'no'} recordings are left"
        for corpus, count in sorted(counts.items())
    ]


def _corpus_of(root: Path, fault: Fault) -> str:
    path = Path(fault.file)
    return path.relative_to(root).parts[0] if path.is_relative_to(root) else path.parts[0]
