"""The review as Markdown, for a terminal, a comment and a step summary alike.

First whether the numbers are those of the code, the verdict, the gates, and the headline metrics in
ten rows. The rest is folded away.
"""

from collections.abc import Iterable, Sequence

from review.changes import NUMBERS, Change, Revision, changes, text
from review.gates import Outcome
from review.lock import COMMAND
from vad.errors import LONGEST_LINE
from vad.evaluation.tables import HEADLINES
from vad.report.markup import plain
from vad.report.verdict import domain_sentences, noise_sentences
from vad.schema import Key

Row = Sequence[str]

MOST_ROWS = 10
MOST_PARAMETERS = 5
HEADLINE_COLUMNS = ("metric", "before", "after", "change")
METRIC_COLUMNS = ("group", "metric", "before", "after", "change", "tuned minus published, 95 %")
GATE_COLUMNS = ("metric", "group", "against", "before", "after", "allowed", "verdict")
HEADLINE_NAMES = tuple(headline.name for headline in HEADLINES)


def page(
    base: str,
    before: Revision,
    after: Revision,
    outcomes: Sequence[Outcome],
    not_run: Sequence[str] = (),
) -> str:
    """The whole review of `after` against `before`, which is called `base`.

    `not_run` are the differences between dvc.lock and what is there.
    """
    headlines = changes(by_headline(before), by_headline(after))
    rows = [headline_row(change) for change in headlines]
    parts = [
        f"## Review against `{base}`",
        warning(not_run),
        verdict(after),
        gates(outcomes, base),
        comparability(before, after),
        parameters(changes(before.params, after.params)),
        section(HEADLINE_COLUMNS, rows[:MOST_ROWS], "No headline metric changed."),
        folded("Headline metrics", HEADLINE_COLUMNS, rows[MOST_ROWS:]),
        folded("Gates", GATE_COLUMNS, [gate_row(outcome, base) for outcome in outcomes]),
        folded("All metrics that changed", METRIC_COLUMNS, metric_rows(before, after)),
        folded("Other numbers", HEADLINE_COLUMNS, other_rows(before, after)),
    ]
    return "\n\n".join(filter(None, parts))


def warning(not_run: Sequence[str]) -> str:
    """What is not of the committed code, in red, with the command that mends it."""
    if not not_run:
        return ""
    lines = "".join(f"\n- {plain(line, LONGEST_LINE)}" for line in not_run)
    return (
        "🔴 **Nobody ran these numbers: they are not those of the parameters, code and data "
        f"here.** Run `{COMMAND}` and commit.\n{lines}"
    )


def verdict(after: Revision) -> str:
    """What the report concludes about each domain and about noise."""
    sentences = [
        *domain_sentences(after.table, after.recordings),
        *noise_sentences(after.table),
    ]
    return "\n".join(f"- {plain(sentence, LONGEST_LINE)}" for sentence in sentences)


def gates(outcomes: Sequence[Outcome], base: str) -> str:
    """One sentence, and below it a line for each gate that failed."""
    failed = failed_lines(outcomes, base)
    lines = "".join(f"\n- {plain(line, LONGEST_LINE)}" for line in failed)
    skipped = [outcome.skipped for outcome in outcomes if outcome.skipped]
    applied = len(outcomes) - len(skipped)
    reasons = "; ".join(sorted(set(skipped)))
    note = f", {len(skipped)} skipped ({reasons})" if skipped else ""
    mark = "🔴 " if failed else ""
    return f"{mark}**Gates: {applied - len(failed)} of {applied} hold{note}.**\n{lines}".rstrip()


def failed_lines(outcomes: Iterable[Outcome], base: str) -> list[str]:
    """What failed, each in a line that says by how much and what was allowed."""
    return [
        f"{outcome.gate.metric} of {' '.join(outcome.group)}: {text(outcome.before)} in "
        f"{name_of(outcome, base)}, {text(outcome.after)} here, "
        f"allowed is {outcome.gate.allowed}"
        for outcome in outcomes
        if outcome.failed
    ]


def comparability(before: Revision, after: Revision) -> str:
    """A warning where the published model, which is the same in both, has other metrics."""
    changed = changes(before.column("published"), after.column("published"))
    moved = [change for change in changed if None not in (change.before, change.after)]
    if not moved:
        return ""
    return (
        f"The published model scores otherwise too ({len(moved)} values): the test recordings or "
        "the scoring differ, so before and after do not compare."
    )


def parameters(changed: Sequence[Change]) -> str:
    """The changed parameters in a line, those beyond MOST_PARAMETERS folded away."""
    rows = [(".".join(change.key), text(change.before), text(change.after)) for change in changed]
    if not rows:
        return "No parameter changed."
    if len(rows) > MOST_PARAMETERS:
        return folded("Parameters", ("parameter", "before", "after"), rows)
    return f"Parameters: {'; '.join(f'{plain(n)} {plain(b)} → {plain(a)}' for n, b, a in rows)}."


def by_headline(revision: Revision) -> dict[Key, float]:
    """The headline metrics, in their order."""
    own = revision.metrics
    return {key: own[key] for name in HEADLINE_NAMES for key in own if key[0] == name}


def headline_row(change: Change) -> Row:
    """A number before and after."""
    values = (text(change.before), text(change.after), difference(change.before, change.after))
    return ".".join(change.key), *values


def metric_rows(before: Revision, after: Revision) -> list[Row]:
    """Every metric of the tuned model that changed."""
    columns = {column: after.column(column) for column in NUMBERS}
    rows: list[Row] = []
    for change in changes(before.column("finetuned"), columns["finetuned"]):
        *group, metric = change.key
        rows.append((" ".join(group), metric, *headline_row(change)[1:], over(change.key, columns)))
    return rows


def over(key: Key, columns: dict[str, dict[Key, float]]) -> str:
    """The tuned model's difference to the published one with its interval, where there is one."""
    mean, low, high = (columns[name].get(key) for name in ("difference", "low", "high"))
    if mean is None or low is None or high is None:
        return "-" if mean is None else signed(mean)
    unclear = ", no clear difference" if low <= 0 <= high else ""
    return f"{signed(mean)} ({signed(low)} to {signed(high)}{unclear})"


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


def other_rows(before: Revision, after: Revision) -> list[Row]:
    """The numbers of data, training and export that changed."""
    both = [
        {key: value for key, value in revision.metrics.items() if key[0] not in HEADLINE_NAMES}
        for revision in (before, after)
    ]
    return [headline_row(change) for change in changes(*both)]


def section(columns: Row, rows: Sequence[Row], nothing: str) -> str:
    """A Markdown table, or a sentence where it has no rows."""
    if not rows:
        return nothing
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(plain, line))} |" for line in lines)


def folded(title: str, columns: Row, rows: Sequence[Row]) -> str:
    """A table that opens with a click; nothing where it has no rows."""
    if not rows:
        return ""
    table = section(columns, rows, "")
    return f"<details><summary>{title} ({len(rows)})</summary>\n\n{table}\n\n</details>"
