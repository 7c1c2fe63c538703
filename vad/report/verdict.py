"""The verdict on the fine-tuned model in plain sentences, as far as the intervals allow."""

from collections.abc import Mapping

import pandas as pd

from vad.evaluation.bootstrap import LEAST_RECORDINGS
from vad.evaluation.choices import Choice
from vad.evaluation.results import Results
from vad.evaluation.tables import DECIDING
from vad.prepared import CLEAN
from vad.report.measures import (
    BETTER,
    UNKNOWN,
    WORSE,
    Row,
    Verdict,
    enumerated,
    group_title,
    measure_of,
    verdict_of,
)

# Metrics that a gain may have cost.
COSTS = ("miss_rate", "false_alarm_rate", "false_runs_per_hour")

TOO_FEW = "Too few recordings to judge"
NO_NOISE = (
    "False alarms on noise were not measured: the test split has no recordings without speech. "
    "Add a noise corpus, docs/corpora.md has some."
)


def verdict(results: Results) -> list[str]:
    """Sentences on each domain, what a gain costs, other conditions, noise, and the thresholds."""
    table = results.table
    domains = domain_sentences(table, results.domain_recordings)
    paid = [f"Clearly worse: {enumerated(costs)}." for costs in [domain_costs(table)] if costs]
    return [
        *domains,
        *paid,
        *condition_sentences(table),
        *(noise_sentences(table) or [NO_NOISE]),
        thresholds_sentence(results.choices),
    ]


def domain_sentences(table: pd.DataFrame, recordings: Mapping[str, int]) -> list[str]:
    """A sentence on each domain of `table`; `recordings` has the number of test recordings."""
    is_own = (table["section"] == "domain") & (table["metric"] == DECIDING["domain"])
    names = table["name"][is_own]
    return [domain_sentence(table, name, recordings.get(name, 0)) for name in names]


def domain_sentence(table: pd.DataFrame, name: str, recording_count: int) -> str:
    """How tuning changes the deciding metric on a domain, beside what moved thresholds reach."""
    metric = DECIDING["domain"]
    rows = rows_of(table, "domain", name)
    tuned, moved = rows[metric], rows.get(f"{metric}_against_chosen", rows[metric])
    measure = measure_of(metric)
    change = "lowers" if tuned["difference"] < 0 else "raises"
    plural = "" if recording_count == 1 else "s"
    result = headline(tuned, moved)
    needed = f", {LEAST_RECORDINGS} are needed" if result == TOO_FEW else ""
    return (
        f"{result} on {name} ({recording_count} recording{plural}{needed}): tuning "
        f"{change} the {measure.label} from {measure.text(tuned['published'])} to "
        f"{measure.text(tuned['finetuned'])}; moving the thresholds of the published model alone "
        f"gives {measure.text(moved['published'])}."
    )


def headline(tuned: Row, moved: Row) -> str:
    """Better only where the model beats the published one at the better of its points."""
    against_usual = verdict_of(tuned)
    is_chosen_better = moved["published"] <= tuned["published"]
    against_chosen = verdict_of(moved) if is_chosen_better else against_usual
    if UNKNOWN in (against_usual, against_chosen):
        return TOO_FEW
    if against_usual == WORSE:
        return "Worse"
    if against_usual == BETTER:
        return "Better" if against_chosen == BETTER else "No better than other thresholds"
    return "No clear difference"


def domain_costs(table: pd.DataFrame) -> list[str]:
    """Each of COSTS that is clearly worse in a domain."""
    rows = table[(table["section"] == "domain") & table["metric"].isin(COSTS)]
    return [
        f"{measure_of(row['metric']).label} on {row['name']}"
        for row in rows.to_dict("records")
        if verdict_of(row) == WORSE
    ]


def condition_sentences(table: pd.DataFrame) -> list[str]:
    """The conditions in which the model is clearly worse, and those that cannot be judged."""
    is_deciding = (table["section"] == "condition") & (table["metric"] == DECIDING["condition"])
    rows = table[is_deciding & (table["name"] != CLEAN)].to_dict("records")
    if not rows:
        return []
    titles: dict[Verdict, list[str]] = {}
    for row in rows:
        titles.setdefault(verdict_of(row), []).append(group_title("condition", row["name"]))
    sentences = []
    if WORSE in titles:
        sentences.append(f"Worse in these conditions: {enumerated(titles[WORSE])}.")
    if UNKNOWN in titles:
        sentences.append(f"{TOO_FEW}: {enumerated(titles[UNKNOWN])}.")
    return sentences or ["It is not clearly worse in any other condition."]


def noise_sentences(table: pd.DataFrame) -> list[str]:
    """The share of windows without speech that pass, before and after, for each noise corpus."""
    words = {BETTER: "clearly less", WORSE: "clearly more", UNKNOWN: "too few recordings to judge"}
    rows = table[(table["section"] == "noise") & (table["metric"] == DECIDING["noise"])]
    return [
        f"On noise of {row['name']} alone {100 * row['finetuned']:.2f} % of the windows pass, "
        f"{100 * row['published']:.2f} % with the published model: "
        f"{words.get(verdict_of(row), 'no clear difference')}."
        for row in rows.to_dict("records")
    ]


def thresholds_sentence(choices: Mapping[str, Choice]) -> str:
    """Which thresholds to use, and why."""
    if choices["finetuned"].is_clear:
        return "Use models/thresholds.yaml: on the validation split it is clearly better."
    return (
        "Keep the usual thresholds: no others were clearly better on the validation split, "
        "so models/thresholds.yaml has these."
    )


def rows_of(table: pd.DataFrame, section: str, name: str) -> dict[str, Row]:
    """The rows of a group by metric."""
    rows = table[(table["section"] == section) & (table["name"] == name)]
    return {row["metric"]: row for row in rows.to_dict("records")}
