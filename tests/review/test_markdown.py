"""What a reviewer reads, in which order."""

import pytest

from review.gates import Compared, Gate, check
from review.markdown import MOST_ROWS, page
from tests.review.conftest import revision

RATE = ("domain", "demo", "detection_error_rate")


def evaluated(rate: float, *, published: float = 0.3, ends=(), metrics=None, params=None):
    numbers = {("error_rate", "demo"): rate, ("recordings", "demo"): 9, ("best_epoch",): 8}
    row = (*RATE, published, rate, *ends)
    return revision(row, params=params, metrics=numbers | (metrics or {}))


def review(before, after, largest_rise: float = 0.01, not_run=()) -> str:
    gate = Gate(
        metric="detection_error_rate", group="domain", against="base", largest_rise=largest_rise
    )
    return page("main", before, after, check((gate,), Compared(before, after)), not_run)


def unfolded(text: str) -> str:
    return text[: text.index("<details>")]


def test_the_verdict_comes_first_then_the_gates_then_the_headlines():
    text = unfolded(review(evaluated(0.2), evaluated(0.1, ends=(-0.3, -0.1))))
    lines = [line for line in text.splitlines() if line]
    assert lines[1].startswith("- Better on demo (9 recordings): tuning lowers")
    assert lines[2] == "**Gates: 1 of 1 hold.**"
    assert lines[3] == "No parameter changed."
    assert lines[-1] == "| error_rate.demo | 0.2 | 0.1 | -0.1 |"


def test_an_interval_stands_beside_its_metric_and_zero_inside_is_said():
    text = review(evaluated(0.2), evaluated(0.1, ends=(-0.3, -0.1)))
    assert "| domain demo | detection_error_rate | 0.2 | 0.1 | -0.1 | -0.2 (-0.3 to -0.1) |" in text
    text = review(evaluated(0.2), evaluated(0.1, ends=(-0.3, 0.1)))
    assert "-0.2 (-0.3 to +0.1, no clear difference)" in text


def test_numbers_that_nobody_ran_are_red_at_the_top_with_the_command():
    text = review(evaluated(0.2), evaluated(0.2), not_run=["finetune: parameter x is 1"])
    first, second, *_ = [line for line in text.splitlines() if line][1:]
    assert first.startswith("🔴 **Nobody ran these numbers")
    assert "`dvc repro && git add dvc.lock metrics models`" in first
    assert second == "- finetune: parameter x is 1"


def test_a_failed_gate_is_named_above_the_fold():
    text = review(evaluated(0.2), evaluated(0.25))
    line = (
        "- detection_error_rate of domain demo: 0.2 in main, 0.25 here, allowed is a rise of 0.01"
    )
    assert line in unfolded(text)
    assert "🔴 **Gates: 0 of 1 hold.**" in text
    assert "| a rise of 0.01 | FAILED |" in text


def test_skipped_gates_have_their_reasons_above_the_fold():
    text = review(revision(), evaluated(0.2))
    assert "**Gates: 0 of 0 hold, 1 skipped (group absent in base).**" in unfolded(text)


def test_ten_rows_then_folds():
    many = [{("hits", f"d{n}"): value for n in range(20)} for value in (0.1, 0.2)]
    text = review(*(evaluated(0.2, metrics=metrics) for metrics in many))
    assert unfolded(text).count("| hits.") == MOST_ROWS
    assert "<summary>Headline metrics (10)</summary>" in text


@pytest.mark.parametrize(("count", "is_folded"), [(2, False), (8, True)])
def test_parameters_are_a_line_or_a_fold(count, is_folded):
    before, after = ({(f"p{n}",): value for n in range(count)} for value in (1, 2))
    text = review(evaluated(0.2, params=before), evaluated(0.2, params=after))
    assert ("Parameters: p0 1 → 2; p1 1 → 2." in text) != is_folded
    assert (f"<summary>Parameters ({count})</summary>" in text) == is_folded


def test_another_test_set_shows_in_the_published_model():
    text = review(evaluated(0.2), evaluated(0.2, published=0.5))
    assert "The published model scores otherwise too (1 values)" in unfolded(text)


def test_a_metric_that_is_new_does_not_make_the_test_set_another_one():
    assert "scores otherwise" not in review(revision(), evaluated(0.2))


def test_nothing_changed_is_said():
    text = review(evaluated(0.2), evaluated(0.2))
    assert "No parameter changed." in text
    assert "No headline metric changed." in text


def test_a_base_without_metrics_gives_dashes():
    text = review(revision(params={("seed",): 1}), evaluated(0.2))
    assert "| error_rate.demo | - | 0.2 | - |" in text
    assert "opset - → 16" in text


def test_text_of_a_pull_request_is_no_markup():
    hostile = {("licence",): "![t](http://x.org) @all <b>x</b> a|b\nc"}
    text = review(evaluated(0.2), evaluated(0.2, params=hostile))
    shown = r"!\[t\](http&#58;//x.org) @&#8203;all &lt;b&gt;x&lt;/b&gt; a&#124;b\\nc"
    assert f"licence - → {shown}" in text
