"""The review as Markdown, for a terminal, a comment and a step summary alike."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from review.changes import MODEL_SECTIONS, Change, Key, Revision, changes, text
from review.gates import Outcome
from vad.errors import LONGEST_LINE
from vad.report.markup import plain

Row = Sequence[str]

# Conditions are many: they are folded away below what a reviewer looks at first.
FOLDED_SECTION = "condition"
METRIC_COLUMNS = ("group", "metric", "before", "after", "change", "tuned minus published, 95 %")
GATE_COLUMNS = ("metric", "group", "against", "before", "after", "allowed", "verdict")


def page(base: str, before: Revision, after: Revision, outcomes: Sequence[Outcome]) -> str:
    """The whole review of `after` against `before`, which is called `base`."""
    return "\n\n".join(
        [
            f"## Review against `{base}`",
            verdict(outcomes, base),
            *comparability(before, after),
            "### Parameters",
            section(("parameter", "before", "after"), plain_rows(before.params, after.params)),
            "### Metrics of the tuned model",
            *tuned_section(before, after),
            "### Other metrics",
            section(
                ("metric", "before", "after"),
                plain_rows(other_metrics(before), other_metrics(after)),
            ),
            "### Gates",
            section(GATE_COLUMNS, [gate_row(outcome, base) for outcome in outcomes], "No gates."),
        ]
    )


def verdict(outcomes: Sequence[Outcome], base: str) -> str:
    """One sentence, and below it a line for each gate that failed."""
    failed = failed_lines(outcomes, base)
    lines = "".join(f"\n- {plain(line, LONGEST_LINE)}" for line in failed)
    skipped = sum(bool(outcome.skipped) for outcome in outcomes)
    count = len(outcomes) - len(failed) - skipped
    note = f", {skipped} skipped (reasons in the table of gates)" if skipped else ""
    return f"**Gates: {count} of {len(outcomes) - skipped} hold{note}.**\n{lines}".rstrip()


def failed_lines(outcomes: Iterable[Outcome], base: str) -> list[str]:
    """What failed, each in a line that says by how much and what was allowed."""
    return [
        f"{outcome.gate.metric} of {' '.join(outcome.group)}: {text(outcome.before)} in "
        f"{name_of(outcome, base)}, {text(outcome.after)} here, "
        f"allowed is {outcome.gate.allowed}"
        for outcome in outcomes
        if outcome.failed
    ]


def comparability(before: Revision, after: Revision) -> Iterator[str]:
    """A warning where the published model, which is the same in both, has other metrics."""
    changed = changes(before.under("published"), after.under("published"))
    moved = [change for change in changed if None not in (change.before, change.after)]
    if moved:
        yield (
            f"The published model scores otherwise too ({len(moved)} values): the test audio or "
            "the way of scoring is another one, so before and after do not compare, and gates "
            "against before say little."
        )


def tuned_section(before: Revision, after: Revision) -> Iterator[str]:
    """Tables of what changed in the tuned model, conditions folded away."""
    changed = changes(before.under("finetuned"), after.under("finetuned"))
    folded = [change for change in changed if change.key[0] == FOLDED_SECTION]
    shown = [change for change in changed if change.key[0] != FOLDED_SECTION]
    yield section(METRIC_COLUMNS, [metric_row(change, after) for change in shown])
    if folded:
        rows = section(METRIC_COLUMNS, [metric_row(change, after) for change in folded])
        yield f"<details><summary>By condition ({len(folded)})</summary>\n\n{rows}\n\n</details>"


def metric_row(change: Change, after: Revision) -> Row:
    *group, metric = change.key
    values = (text(change.before), text(change.after), difference(change.before, change.after))
    return " ".join(group), metric, *values, over_published(change.key, after)


def over_published(key: Key, revision: Revision) -> str:
    """The tuned model's difference to the published one with its interval, where there is one."""
    interval = revision.under("difference", *key)
    if not {("mean",), ("low",), ("high",)} <= set(interval):
        tuned, published = revision.under("finetuned"), revision.under("published")
        return difference(published.get(key), tuned.get(key))
    mean, low, high = (interval[(name,)] for name in ("mean", "low", "high"))
    zero = ", spans zero" if low <= 0 <= high else ""
    return f"{signed(mean)} ({signed(low)} to {signed(high)}{zero})"


def difference(before: float | None, after: float | None) -> str:
    return "-" if before is None or after is None else signed(after - before)


def signed(value: float) -> str:
    """A difference as it is shown: with its sign."""
    shown = text(float(value))
    return shown if shown.startswith("-") or shown == "0" else f"+{shown}"


def gate_row(outcome: Outcome, base: str) -> Row:
    values = (text(outcome.before), text(outcome.after))
    names = (outcome.gate.metric, " ".join(outcome.group), name_of(outcome, base))
    return *names, *values, outcome.gate.allowed, outcome.verdict


def name_of(outcome: Outcome, base: str) -> str:
    """What the gate compares with."""
    return base if outcome.gate.against == "base" else "published"


def other_metrics(revision: Revision) -> dict[Key, object]:
    """The metrics that are not of a model: of data, training and export."""
    return {key: v for key, v in revision.metrics.items() if key[0] not in MODEL_SECTIONS}


def plain_rows(before: Mapping[Key, object], after: Mapping[Key, object]) -> list[Row]:
    return [
        (".".join(change.key), text(change.before), text(change.after))
        for change in changes(before, after)
    ]


def section(columns: Row, rows: Sequence[Row], nothing: str = "None changed.") -> str:
    """A Markdown table, or a sentence where it has no rows."""
    if not rows:
        return nothing
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(plain, line))} |" for line in lines)
