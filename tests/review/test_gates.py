from contextlib import suppress
from pathlib import Path

import pytest

from review.changes import Revision, parsed
from review.gates import Compared, Gate, check, load_gates
from tests.fuzz import damaged_yaml
from tests.review.conftest import revision
from vad.errors import VadError

REPOSITORY = Path(__file__).parents[2]
CALLS, DEMO = ("domain", "calls", "roc_auc"), ("domain", "demo", "roc_auc")
ALL, NOISE = ("all", "", "roc_auc"), ("noise", "demo", "false_alarm_rate")
TUNED = {ALL: 0.97, CALLS: 0.95, DEMO: 0.99, NOISE: 0.02}
BASE = {**TUNED, CALLS: 0.96, NOISE: 0.01}


def evaluated(tuned: dict, published: dict | float = 0.5):
    """An evaluation of the tuned model beside the published one."""
    values = published if isinstance(published, dict) else dict.fromkeys(tuned, published)
    return revision(*((*key, values[key], value) for key, value in tuned.items()))


def outcomes(tuned=TUNED, base=BASE, **gate):
    gates = (Gate(**{"metric": "roc_auc", "against": "base", **gate}),)
    return check(gates, Compared(evaluated(base), evaluated(tuned)))


def written(folder: Path, text: str) -> Path:
    path = folder / "gates.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("group", "limit", "failed"),
    [
        ("domain calls", {"largest_drop": 0.01}, False),
        ("domain calls", {"largest_drop": 0.0099}, True),
        ("domain calls", {"largest_rise": 0}, False),
        ("domain demo", {"largest_drop": 0}, False),
        ("all", {"largest_drop": 0}, False),
    ],
)
def test_a_drop_up_to_the_limit_holds(group, limit, failed):
    (outcome,) = outcomes(group=group, **limit)
    assert outcome.failed is failed


@pytest.mark.parametrize(("limit", "failed"), [(0.01, False), (0.009, True)])
def test_a_rise_up_to_the_limit_holds(limit, failed):
    (outcome,) = outcomes(metric="false_alarm_rate", group="noise demo", largest_rise=limit)
    assert outcome.failed is failed


def test_a_section_means_each_group_in_it():
    found = outcomes(group="domain", largest_drop=0.005)
    assert [outcome.group for outcome in found] == [("domain", "calls"), ("domain", "demo")]
    assert [outcome.failed for outcome in found] == [True, False]


def test_an_absent_group_is_skipped_and_the_reason_stands_there():
    present = {key: value for key, value in TUNED.items() if "calls" not in key}
    calls, demo = outcomes(tuned=present, group="domain", largest_drop=0)
    assert (calls.verdict, demo.verdict) == ("skipped: group absent here", "holds")
    assert not calls.failed
    (outcome,) = outcomes(base={}, group="all", largest_drop=0)
    assert outcome.verdict == "skipped: group absent in base"


def test_a_metric_that_a_group_lost_fails():
    (outcome,) = outcomes(tuned={("all", "", "f1"): 0.9}, group="all", largest_drop=1)
    assert outcome.failed
    assert outcome.verdict == "FAILED: metric absent"


def test_against_base_other_test_data_skip_a_gate():
    """The published model is the same in both: where it scores otherwise, the audio is another."""
    gate = Gate(metric="roc_auc", group="domain", against="base", largest_drop=0)
    published = dict.fromkeys(TUNED, 0.9)
    before = evaluated(BASE, published | {CALLS: 0.8})
    calls, demo = check((gate,), Compared(before, evaluated(TUNED, published)))
    assert (calls.verdict, demo.verdict) == ("skipped: the test data are others", "holds")


@pytest.mark.parametrize(
    ("limit", "low", "high", "failed"),
    [
        ({"largest_drop": 0}, -0.02, 0.01, False),
        ({"largest_drop": 0}, -0.02, -0.01, True),
        ({"largest_drop": 0.015}, -0.02, -0.01, False),
        ({"largest_rise": 0}, -0.02, 0.01, False),
        ({"largest_rise": 0}, 0.01, 0.02, True),
        ({"largest_rise": 0.015}, 0.01, 0.02, False),
    ],
)
def test_against_published_only_a_sure_change_fails(limit, low, high, failed):
    gate = Gate(metric="roc_auc", group="all", against="published", **limit)
    after = revision((*ALL, 0.98 if "largest_drop" in limit else 0.9, 0.97, low, high))
    (outcome,) = check((gate,), Compared(revision(), after))
    assert outcome.failed is failed


def test_against_published_without_an_interval_the_values_decide():
    gate = Gate(metric="roc_auc", group="all", against="published", largest_drop=0)
    (outcome,) = check((gate,), Compared(revision(), revision((*ALL, 0.98, 0.97))))
    assert outcome.failed


@pytest.mark.parametrize(
    ("gate", "line"),
    [
        ("{metric: f1, group: all, against: base}", "expected either largest_drop or largest_rise"),
        (
            "{metric: f1, group: all, against: base, largest_drop: 0, largest_rise: 0}",
            "expected either largest_drop or largest_rise",
        ),
        (
            "{metric: f1, group: all, against: main, largest_drop: 0}",
            "'gates.0.against' is 'main', expected 'base' or 'published'",
        ),
        (
            "{metric: f1, group: domains, against: base, largest_drop: 0}",
            "expected to start with one of all, domain, noise, condition",
        ),
        (
            "{metric: f1, group: all, against: base, largest_drop: -1}",
            "'gates.0.largest_drop' is -1, expected greater than or equal to 0",
        ),
        ("{group: all, against: base, largest_drop: 0}", "'gates.0.metric' is missing"),
    ],
)
def test_a_wrong_gate_is_one_line_that_names_it(tmp_path, gate, line):
    path = written(tmp_path, f"gates:\n  - {gate}\n")
    with pytest.raises(VadError) as error:
        load_gates(path)
    (message,) = str(error.value).splitlines()
    assert message.startswith(f"{path}: ")
    assert line in message


def test_an_unknown_key_of_a_gate_names_those_allowed(tmp_path):
    gate = "{metric: f1, group: all, against: base, largest_drop: 0, domain: demo}"
    with pytest.raises(VadError, match=r"unknown key 'gates\.0\.domain', expected one of metric, "):
        load_gates(written(tmp_path, f"gates:\n  - {gate}\n"))


def test_the_gates_of_this_repository_name_metrics_that_it_writes():
    text = (REPOSITORY / "metrics" / "evaluation.csv").read_text(encoding="utf-8")
    read = Revision({}, {}, parsed(text, "evaluation.csv"))
    outcomes = check(load_gates(REPOSITORY / "gates.yaml"), Compared(read, read))
    assert len(outcomes) > 10
    assert not any(outcome.skipped for outcome in outcomes)


def test_a_first_pull_request_that_replaces_the_demo_skips_its_gates():
    """Noise and rehearsal of the demo are gone with it, and the new corpus is new to the base."""
    text = (REPOSITORY / "metrics" / "evaluation.csv").read_text(encoding="utf-8")
    before = Revision({}, {}, parsed(text, "evaluation.csv"))
    renamed = before.table[before.table["section"] != "noise"].replace({"name": {"demo": "calls"}})
    others = Compared(before, before._replace(table=renamed))
    outcomes = check(load_gates(REPOSITORY / "gates.yaml"), others)
    assert not any(outcome.failed for outcome in outcomes)
    skipped = {outcome.group: outcome.skipped for outcome in outcomes if outcome.skipped}
    assert skipped[("domain", "demo")] == "group absent here"
    assert skipped[("domain", "calls")] == "group absent in base"
    assert skipped[("noise", "demo")] == "group absent here"


@pytest.mark.parametrize("count", [100, pytest.param(2000, marks=pytest.mark.slow)])
def test_damaged_gates_are_faults(tmp_path, count):
    text = (REPOSITORY / "gates.yaml").read_text(encoding="utf-8")
    plain = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for content in damaged_yaml(plain, count, count):
        (tmp_path / "gates.yaml").write_bytes(content)
        with suppress(VadError):
            load_gates(tmp_path / "gates.yaml")
