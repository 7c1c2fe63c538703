"""The verdict on the fine-tuned model in one sentence, as the intervals allow."""

from collections.abc import Mapping

import pandas as pd

from vad.prepared import CLEAN
from vad.report.measures import (
    BETTER,
    UNCLEAR,
    UNKNOWN,
    WORSE,
    Row,
    enumerated,
    group_title,
    measure_of,
    verdict_of,
)

# What decides in each section: on noise alone there is nothing to miss.
DECIDING = {
    "domain": "detection_error_rate",
    "condition": "detection_error_rate",
    "noise": "false_alarm_rate",
}
# What a gain may have cost.
COSTS = ("miss_rate", "false_alarm_rate", "false_runs_per_hour")

PHRASES = {
    BETTER: "is better on",
    WORSE: "is worse on",
    UNCLEAR: "shows no clear difference from the published one on",
    UNKNOWN: "cannot be judged, for want of recordings, on",
}
# Outside the domains a gain is not told.
PHRASES_ELSEWHERE = {
    WORSE: "it is clearly worse in these tests",
    UNKNOWN: "too few recordings are in these tests to judge",
}
HARMLESS_ELSEWHERE = (
    "by that it is clearly worse in no other condition, nor on noise by false alarms"
)


def verdict_sentence(results: pd.DataFrame, recordings: Mapping[str, int]) -> str:
    """Where the fine-tuned model is better, no different and worse, in one sentence.

    `results` has a row for each group and metric, `recordings` holds the number of test
    recordings of each domain. Better and worse is what leaves zero out of the interval of the
    deciding difference; what a domain pays for that in COSTS is told as well.
    """
    rows = deciding_rows(results, "domain")
    clauses = []
    for verdict, phrase in PHRASES.items():
        domains = [domain_text(row, recordings) for row in rows if verdict_of(row) == verdict]
        if domains:
            clauses.append(f"{phrase} {enumerated(domains)}")
    measure = measure_of(DECIDING["domain"]).label
    costs = domain_costs(results)
    paid = f", with a clearly worse {enumerated(costs)}" if costs else ""
    return f"By {measure} the fine-tuned model {enumerated(clauses)}{paid}{elsewhere(results)}."


def deciding_rows(results: pd.DataFrame, section: str) -> list[Row]:
    """The rows of the metric that decides in `section`, but for recordings as they came."""
    is_deciding = (results["section"] == section) & (results["metric"] == DECIDING[section])
    rows = results[is_deciding].to_dict("records")
    return [row for row in rows if (section, row["name"]) != ("condition", CLEAN)]


def domain_text(row: Row, recordings: Mapping[str, int]) -> str:
    """The domain with its numbers and how many recordings they come from."""
    measure, count = measure_of(row["metric"]), recordings[row["name"]]
    numbers = f"{measure.text(row['published'])} to {measure.text(row['finetuned'])}"
    return f"{row['name']} ({numbers}, {count} recording{'' if count == 1 else 's'})"


def domain_costs(results: pd.DataFrame) -> list[str]:
    """Each of COSTS that is clearly worse in a domain."""
    rows = results[(results["section"] == "domain") & results["metric"].isin(COSTS)]
    return [
        f"{measure_of(row['metric']).label} on {row['name']}"
        for row in rows.to_dict("records")
        if verdict_of(row) == WORSE
    ]


def elsewhere(results: pd.DataFrame) -> str:
    """Where it is worse, or cannot be judged, in other conditions and on noise alone."""
    rows = [*deciding_rows(results, "condition"), *deciding_rows(results, "noise")]
    if not rows:
        return ""
    told = ""
    for verdict, phrase in PHRASES_ELSEWHERE.items():
        found = [row for row in rows if verdict_of(row) == verdict]
        if found:
            titles = [group_title(row["section"], row["name"]) for row in found]
            told += f"; {phrase}: {enumerated(titles)}"
    return told or f"; {HARMLESS_ELSEWHERE}"
