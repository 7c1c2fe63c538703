"""The deciding metric over the last commits and their experiments: python -m review.history [N].

A row for each of the last N commits (20) that changed metrics/evaluation.csv, and below it the
experiments that started from these numbers. Everything is read from Git; nothing runs.
"""

import argparse
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pandas as pd

from review.changes import TABLE, parsed, text
from review.terminal import show
from vad.errors import VadError, printable, titled
from vad.evaluation.tables import DECIDING

COMMITS = 20
LONGEST_TITLE = 50
# refs/exps/<two digits>/<the rest of the commit that it started from>/<name>
EXPERIMENTS = "refs/exps/??/*/*"
INDENT = "  "


class Entry(NamedTuple):
    """A commit or an experiment: what it is called, and the deciding metric of each group."""

    commit: str
    date: str
    title: str
    values: dict[str, float]


def entries(commit_count: int) -> Iterator[Entry]:
    """The commits that changed the evaluation, newest first, each with its experiments."""
    experiments = experiments_by_run()
    log = git("log", f"-{commit_count}", "--format=%H%x09%as%x09%s", "--", str(TABLE))
    for line in log.splitlines():
        commit, date, title = line.split("\t", 2)
        yield Entry(commit[:7], date, title, deciding(commit))
        for name, experiment in experiments[commit]:
            date = git("log", "-1", "--format=%as", experiment).strip()
            yield Entry(experiment[:7], date, f"{INDENT}[{name}]", deciding(experiment))


def experiments_by_run() -> dict[str, list[tuple[str, str]]]:
    """Name and commit of each experiment, by the commit that has the numbers it started from.

    It need not have started from that commit itself: a later one may have changed code or docs.
    """
    listed = git("for-each-ref", "--format=%(refname)%09%(objectname)", EXPERIMENTS)
    experiments: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for line in listed.splitlines():
        ref, commit = line.split("\t")
        *_, first, rest, name = ref.split("/")
        run = git("log", "-1", "--format=%H", first + rest, "--", str(TABLE)).strip()
        experiments[run].append((name, commit))
    return experiments


def deciding(commit: str) -> dict[str, float]:
    """The deciding metric of the tuned model on each domain and noise corpus in a commit."""
    try:
        table = parsed(git("show", f"{commit}:{TABLE}"), commit)
    except VadError:
        return {}
    rows = pd.concat(
        table[(table["section"] == section) & (table["metric"] == DECIDING[section])]
        for section in ("domain", "noise")
    )
    groups = rows["section"] + " " + rows["name"]
    return dict(zip(groups, rows["finetuned"], strict=True))


def git(*words: str) -> str:
    """What Git prints; VadError where it fails."""
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise VadError(f"git {words[0]}: {done.stderr.strip()}")
    return done.stdout


def in_columns(shown: Sequence[Entry]) -> str:
    """A table with a column for each group."""
    groups = list(dict.fromkeys(group for entry in shown for group in entry.values))
    rows = []
    for entry in shown:
        values = [text(entry.values.get(group)) for group in groups]
        title = printable(entry.title)[:LONGEST_TITLE].ljust(LONGEST_TITLE)
        rows.append([entry.commit, entry.date, *values, title])
    columns = ["commit", "date", *groups, "title"]
    return pd.DataFrame(rows, columns=columns).to_string(index=False, justify="left")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m review.history", description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=COMMITS, help="how many commits")
    try:
        table = in_columns(list(entries(parser.parse_args().count)))
        title = f"{DECIDING['domain']} by domain, {DECIDING['noise']} on noise, tuned model:"
        show(f"{title}\n\n{table}")
    except VadError as error:
        sys.exit(titled("history", error.args))
